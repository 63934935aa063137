// Prints configs_kafka43.txt from Apache Kafka's own jars:
//   java -cp "JARS/*" MakeConfigs.java > configs_kafka43.txt
// One line per public setting: kind|name|type|default|validator|synonyms or update mode.

import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.server.config.DynamicBrokerConfig;
import org.apache.kafka.server.config.ServerTopicConfigSynonyms;
import org.apache.kafka.storage.internals.log.LogConfig;

public class MakeConfigs {
  static void print(String kind, ConfigDef definitions, Function<String, String> more) {
    for (var key : new TreeMap<>(definitions.configKeys()).values()) {
      if (key.internalConfig) continue;
      String value = key.hasDefault() ? ConfigDef.convertToString(key.defaultValue, key.type) : "<required>";
      String validator = key.validator == null ? "" : key.validator.toString();
      System.out.println(String.join(
          "|", kind, key.name, key.type.toString(), value == null ? "<null>" : value, validator, more.apply(key.name)));
    }
  }

  static String synonyms(String name) {
    var joiner = new StringJoiner(",");
    var all = ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS.get(name);
    if (all == null) return "";
    for (var synonym : all) joiner.add(synonym.name() + "*" + synonym.converter().apply("1"));
    return joiner.toString();
  }

  public static void main(String[] arguments) {
    System.out.println("# Settings of Apache Kafka 4.3.1 (https://kafka.apache.org), Copyright The Apache Software Foundation,");
    System.out.println("# licensed under the Apache License, Version 2.0 (https://www.apache.org/licenses/LICENSE-2.0).");
    System.out.println("# Facts only: kind|name|type|default|validator|synonyms or update mode. Made by MakeConfigs.java.");
    print("topic", LogConfig.configDefCopy(), MakeConfigs::synonyms);
    var modes = DynamicBrokerConfig.dynamicConfigUpdateModes();
    print("broker", AbstractKafkaConfig.CONFIG_DEF, name -> modes.getOrDefault(name, "read-only"));
  }
}
