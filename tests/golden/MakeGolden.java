// Makes the fixtures that Apache Kafka's own Java code encodes. CP is kafka-clients,
// kafka-group-coordinator, kafka-transaction-coordinator, kafka-server-common and their
// dependencies, all of one release:
//
//   java -cp $CP tests/golden/MakeGolden.java batches > tests/golden/batches_kafka_4.3.1.hex
//   java -cp $CP tests/golden/MakeGolden.java messages $(sed -n 's/^KREEL_SERVED_API(\(\w*\),.*/\1/p' \
//       libcli/protocol/apis.def) > tests/golden/messages_kafka_4.3.1.hex
//
// messages: one line "Name version hex" for every version of the request and the response of each
// named API and of the data messages below. Every field has a value, arrays have two elements.
// batches: one line "codec hex" per codec, the same three records each time.

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;

public class MakeGolden {
  private static final String COMMON = "org.apache.kafka.common.message.";
  private static final String GROUP = "org.apache.kafka.coordinator.group.generated.";
  private static final String TRANSACTION =
      "org.apache.kafka.coordinator.transaction.generated.";
  private static final List<String> DATA = List.of(
      COMMON + "RequestHeaderData", COMMON + "ResponseHeaderData",
      COMMON + "ConsumerProtocolSubscription", COMMON + "ConsumerProtocolAssignment",
      GROUP + "OffsetCommitKey", GROUP + "OffsetCommitValue",
      GROUP + "GroupMetadataKey", GROUP + "GroupMetadataValue",
      TRANSACTION + "TransactionLogKey", TRANSACTION + "TransactionLogValue");
  private static int next;

  public static void main(String[] args) throws Exception {
    if (args[0].equals("batches")) {
      batches();
      return;
    }
    System.out.println("# Messages as Apache Kafka 4.3.1's Java code encodes them: name, version, "
        + "bytes. Made by MakeGolden.java.");
    for (String api : Arrays.copyOfRange(args, 1, args.length)) {
      for (String side : List.of("Request", "Response")) {
        everyVersion(Class.forName(COMMON + api + side + "Data"));
      }
    }
    for (String name : DATA) everyVersion(Class.forName(name));
  }

  private static void everyVersion(Class<?> type) throws Exception {
    Message message = (Message) type.getConstructor().newInstance();
    Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
    String name = type.getSimpleName().replaceAll("Data$", "");
    for (short v = message.lowestSupportedVersion(); v <= message.highestSupportedVersion(); v++) {
      next = 1;
      Struct struct = struct(schemas[v]);
      ByteBuffer filled = ByteBuffer.allocate(schemas[v].sizeOf(struct));
      schemas[v].write(filled, struct);
      filled.flip();
      // Through the class that Kafka itself uses on the wire.
      message.read(new ByteBufferAccessor(filled), v);
      ObjectSerializationCache cache = new ObjectSerializationCache();
      ByteBuffer written = ByteBuffer.allocate(message.size(cache, v));
      message.write(new ByteBufferAccessor(written), cache, v);
      System.out.println(name + " " + v + " " + HexFormat.of().formatHex(written.array()));
    }
  }

  private static Struct struct(Schema schema) {
    Struct struct = new Struct(schema);
    for (BoundField field : schema.fields()) struct.set(field, value(field.def.type));
    return struct;
  }

  private static Object value(Type type) {
    if (type instanceof Schema schema) return struct(schema);
    if (type instanceof TaggedFields tagged) {
      TreeMap<Integer, Object> values = new TreeMap<>();
      tagged.fields().forEach((tag, field) -> values.put(tag, value(field.type)));
      return values;
    }
    if (type.isArray()) {
      Type element = type.arrayElementType().get();
      return new Object[] {value(element), value(element)};
    }
    int number = next++;
    String name = type.toString().replace("COMPACT_", "").replace("NULLABLE_", "");
    switch (name) {
      case "BOOLEAN": return true;
      case "INT8": return (byte) (number % 100 + 1);
      case "INT16": return (short) (number % 100 + 1);
      case "UINT16": return number;
      case "INT32": return 0x01020300 + number;
      case "INT64": return 0x0102030405060700L + number;
      case "FLOAT64": return number / 4.0;
      case "UUID": return new Uuid(0x1111111111111111L, number);
      case "STRING": return "s" + number;
      case "BYTES": return ByteBuffer.wrap(("b" + number).getBytes(StandardCharsets.UTF_8));
      case "RECORDS":
        byte[] bytes = ("r" + number).getBytes(StandardCharsets.UTF_8);
        return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes));
      default: throw new IllegalArgumentException("no value for " + name);
    }
  }

  private static void batches() {
    System.out.println("# Record batches as Apache Kafka 4.3.1's Java code builds them: codec, "
        + "batch. Made by MakeGolden.java.");
    for (CompressionType codec : CompressionType.values()) {
      MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(1024),
          (byte) 2, Compression.of(codec).build(), TimestampType.CREATE_TIME, 0L, 0L, 4711L,
          (short) 5, 100, false, false, 9);
      Header[] headers = {new RecordHeader("trace", "abc".getBytes(StandardCharsets.UTF_8)),
                          new RecordHeader("none", (byte[]) null)};
      builder.append(1_700_000_000_123L, bytes("k1"), bytes("a value that compresses ".repeat(20)),
          headers);
      builder.append(1_700_000_000_122L, bytes("k2"), null, new Header[0]);
      builder.append(1_700_000_100_000L, null, bytes("third"), new Header[0]);
      ByteBuffer built = builder.build().buffer();
      byte[] copy = new byte[built.remaining()];
      built.get(copy);
      System.out.println(codec.name + " " + HexFormat.of().formatHex(copy));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
