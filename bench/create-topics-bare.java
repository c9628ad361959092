import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Kafka's own AdminClient, for bench/create-topics.ts: reads "prefix count", creates topics, prints the milliseconds. */
class CreateTopicsBare {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    try (Admin admin = Admin.create(properties);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in))) {
      admin.describeCluster().nodes().get();
      System.out.println("ready");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ");
        List<NewTopic> topics = new ArrayList<>();
        for (int index = 0; index < Integer.parseInt(words[1]); index++) {
          topics.add(new NewTopic(words[0] + index, 3, (short) 3));
        }
        long startedAt = System.nanoTime();
        admin.createTopics(topics).all().get();
        System.out.println((System.nanoTime() - startedAt) / 1_000_000);
      }
    }
  }
}
