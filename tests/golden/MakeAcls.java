// Makes the decisions of Apache Kafka's own StandardAuthorizer. CP is Kafka's jars of one release:
//
//   java -cp $CP tests/golden/MakeAcls.java > tests/golden/acls_kafka_4.3.1.txt
//
// Per round: "policy SUPER OPEN", "acl RESOURCE PATTERN NAME PRINCIPAL HOST OPERATION PERMISSION" in
// the protocol's numbers, then "ask PRINCIPAL HOST OPERATION NAME A|D" about topics, where the name
// "?" asks for any topic.

import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.internals.PluginMetricsImpl;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.metadata.authorizer.StandardAcl;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.apache.kafka.server.authorizer.Action;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.authorizer.AuthorizationResult;

public class MakeAcls {
  private static final int ROUNDS = 60;
  private static final int QUESTIONS = 40;
  private static final Random random = new Random(11);

  record Client(KafkaPrincipal principal, InetAddress clientAddress)
      implements AuthorizableRequestContext {
    public String listenerName() { return "PLAINTEXT"; }
    public SecurityProtocol securityProtocol() { return SecurityProtocol.PLAINTEXT; }
    public int requestType() { return 3; }
    public int requestVersion() { return 0; }
    public String clientId() { return "golden"; }
    public int correlationId() { return 0; }
  }

  private static String name() {
    StringBuilder text = new StringBuilder();
    for (int i = 1 + random.nextInt(4); i > 0; i--) text.append("ab*".charAt(random.nextInt(3)));
    return text.toString();
  }

  private static AclOperation operation(int first) {
    return AclOperation.fromCode((byte) (first + random.nextInt(13 - first)));
  }

  private static StandardAcl acl() {
    return new StandardAcl(
        random.nextInt(5) == 0 ? ResourceType.GROUP : ResourceType.TOPIC,
        random.nextInt(6) == 0 ? "*" : name(),
        random.nextBoolean() ? PatternType.PREFIXED : PatternType.LITERAL,
        "User:" + "xy*".charAt(random.nextInt(3)),
        random.nextBoolean() ? "*" : "10.0.0." + (1 + random.nextInt(2)),
        operation(2),
        random.nextInt(4) == 0 ? AclPermissionType.DENY : AclPermissionType.ALLOW);
  }

  private static void round() throws Exception {
    boolean open = random.nextInt(3) == 0;
    String superUser = random.nextInt(6) == 0 ? "User:x" : "-";
    System.out.println("policy " + superUser + " " + open);
    Map<String, Object> config = new HashMap<>();
    config.put("node.id", "1");
    if (!superUser.equals("-")) config.put("super.users", superUser);
    config.put("allow.everyone.if.no.acl.found", String.valueOf(open));
    LinkedHashSet<StandardAcl> acls = new LinkedHashSet<>();
    for (int i = random.nextInt(14); i > 0; i--) acls.add(acl());
    Map<Uuid, StandardAcl> byId = new HashMap<>();
    for (StandardAcl acl : acls) {
      byId.put(Uuid.randomUuid(), acl);
      System.out.println("acl " + acl.resourceType().code() + " " + acl.patternType().code() + " "
          + acl.resourceName() + " " + acl.principal() + " " + acl.host() + " "
          + acl.operation().code() + " " + acl.permissionType().code());
    }
    try (StandardAuthorizer authorizer = new StandardAuthorizer()) {
      authorizer.configure(config);
      authorizer.withPluginMetrics(new PluginMetricsImpl(new Metrics(), Map.of()));
      authorizer.loadSnapshot(byId);
      authorizer.completeInitialLoad();
      for (int i = 0; i < QUESTIONS; i++) ask(authorizer);
    }
  }

  private static void ask(StandardAuthorizer authorizer) throws Exception {
    String principal = "" + "xy".charAt(random.nextInt(2));
    String host = "10.0.0." + (1 + random.nextInt(2));
    AclOperation operation = operation(3);
    boolean any = random.nextInt(5) == 0;
    String name = any ? "?" : name();
    Client client =
        new Client(new KafkaPrincipal("User", principal), InetAddress.getByName(host));
    AuthorizationResult result = any
        ? authorizer.authorizeByResourceType(client, operation, ResourceType.TOPIC)
        : authorizer.authorize(client, List.of(new Action(operation,
            new ResourcePattern(ResourceType.TOPIC, name, PatternType.LITERAL), 1, false, false)))
            .get(0);
    System.out.println("ask User:" + principal + " " + host + " " + operation.code() + " " + name
        + " " + (result == AuthorizationResult.ALLOWED ? "A" : "D"));
  }

  public static void main(String[] arguments) throws Exception {
    for (int i = 0; i < ROUNDS; i++) round();
  }
}
