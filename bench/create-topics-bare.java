import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * Kafka's own AdminClient, for bench/create-topics.ts: reads "create prefix count", creates topics, prints the milliseconds;
 * reads "delete prefix", deletes all topics of that prefix, prints their number.
 */
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
        if (words[0].equals("delete")) {
          List<String> names = admin.listTopics().names().get().stream().filter(name -> name.startsWith(words[1])).toList();
          admin.deleteTopics(names).all().get();
          System.out.println(names.size());
          continue;
        }
        List<NewTopic> topics = new ArrayList<>();
        for (int index = 0; index < Integer.parseInt(words[2]); index++) {
          topics.add(new NewTopic(words[1] + index, 3, (short) 3));
        }
        long startedAt = System.nanoTime();
        admin.createTopics(topics).all().get();
        System.out.println((System.nanoTime() - startedAt) / 1_000_000);
      }
    }
  }
}
