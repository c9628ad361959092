import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own producer at a fixed rate, for bench/fixed-rate.ts. Each record has a time at which it is due; printed is the 99th
 * percentile, in milliseconds, of the time from then until its acknowledgement, without the records of the warm-up.
 * Arguments: bootstrap servers, topic, file of values, records per second, seconds of warm-up, seconds after it, batch.size.
 */
class FixedRateBare {
  public static void main(String[] args) throws Exception {
    List<byte[]> values =
        Files.readAllLines(Path.of(args[2])).stream().map(line -> line.getBytes(StandardCharsets.UTF_8)).toList();
    long perSecond = Long.parseLong(args[3]);
    int warmUp = (int) (perSecond * Long.parseLong(args[4]));
    int measured = (int) (perSecond * Long.parseLong(args[5]));
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("acks", "all");
    properties.put("compression.type", "snappy");
    properties.put("linger.ms", "5");
    properties.put("batch.size", args[6]);
    properties.put("key.serializer", ByteArraySerializer.class);
    properties.put("value.serializer", ByteArraySerializer.class);
    // One I/O thread calls back, and close() waits for the last call.
    long[] nanos = new long[measured];
    try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(properties)) {
      producer.partitionsFor(args[1]);
      long startedAt = System.nanoTime();
      for (int index = 0; index < warmUp + measured; index++) {
        long dueAt = startedAt + index * 1_000_000_000L / perSecond;
        for (long left = dueAt - System.nanoTime(); left > 0; left = dueAt - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        int position = index - warmUp;
        byte[] value = values.get(index % values.size());
        byte[] key = String.format("%036d", index % 8192).getBytes(StandardCharsets.US_ASCII);
        producer.send(new ProducerRecord<>(args[1], key, value), (metadata, error) -> {
          if (error != null) throw new IllegalStateException(error);
          if (position >= 0) nanos[position] = System.nanoTime() - dueAt;
        });
      }
    }
    Arrays.sort(nanos);
    System.out.println(nanos[(int) Math.ceil(measured * 0.99) - 1] / 1e6);
  }
}
