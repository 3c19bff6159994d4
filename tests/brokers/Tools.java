import java.io.BufferedReader;
import java.io.InputStreamReader;

/** Runs lines of tab-separated words as Kafka's own scripts do, all in one JVM. */
class Tools {
    public static void main(String[] none) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = line.split("\t");
            String[] rest = java.util.Arrays.copyOfRange(words, 1, words.length);
            switch (words[0]) {
                case "kafka-acls.sh" -> org.apache.kafka.tools.AclCommand.main(rest);
                case "kafka-configs.sh" -> kafka.admin.ConfigCommand.main(rest);
                default -> throw new IllegalArgumentException(words[0]);
            }
        }
    }
}
