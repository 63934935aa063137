import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache Kafka's tools one after the other in one JVM, which takes a hundredth of the time of a JVM for each. In the
 * directory that is the only argument, N.args holds the class and the arguments of run N, one a line, and N.in its
 * standard input; N.out, N.err and N.exit are what comes of it.
 */
public final class ToolRunner {
  private static final class Ended extends ThreadDeath {}

  private static final ByteArrayOutputStream OUT = new ByteArrayOutputStream();
  private static final ByteArrayOutputStream ERR = new ByteArrayOutputStream();
  private static final List<Runnable> HOOKS = new ArrayList<>();
  private static volatile Integer code;

  /** What a tool writes after its end would not have been seen: there it is over. */
  private static final class Until extends OutputStream {
    private final ByteArrayOutputStream to;

    Until(ByteArrayOutputStream to) {
      this.to = to;
    }

    @Override
    public synchronized void write(int b) {
      if (code == null) to.write(b);
    }
  }

  private static void end(int status) {
    runHooks();
    System.out.flush();
    System.err.flush();
    if (code == null) code = status;
    throw new Ended();
  }

  private static void runHooks() {
    List<Runnable> hooks = new ArrayList<>(HOOKS);
    HOOKS.clear();
    hooks.forEach(Runnable::run);
  }

  private static void run(Path directory, int number) throws Exception {
    List<String> words = Files.readAllLines(directory.resolve(number + ".args"));
    InputStream input = new ByteArrayInputStream(Files.readAllBytes(directory.resolve(number + ".in")));
    OUT.reset();
    ERR.reset();
    HOOKS.clear();
    code = null;
    System.setIn(input);
    String[] arguments = words.subList(1, words.size()).toArray(new String[0]);
    try {
      Class.forName(words.get(0)).getMethod("main", String[].class).invoke(null, (Object) arguments);
      end(0);
    } catch (Ended ended) {
      // The tool's own end.
    } catch (InvocationTargetException thrown) {
      if (!(thrown.getCause() instanceof Ended)) {
        System.err.print("Exception in thread \"main\" ");
        thrown.getCause().printStackTrace();
        System.err.flush();
        if (code == null) code = 1;
      }
    }
    Files.write(directory.resolve(number + ".out"), OUT.toByteArray());
    Files.write(directory.resolve(number + ".err"), ERR.toByteArray());
    Files.writeString(directory.resolve(number + ".exit"), code.toString());
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream terminal = System.out;
    System.setOut(new PrintStream(new Until(OUT), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Until(ERR), true, StandardCharsets.UTF_8));
    Exit.setExitProcedure((status, message) -> end(status));
    Exit.setHaltProcedure((status, message) -> end(status));
    Exit.setShutdownHookAdder((name, hook) -> HOOKS.add(hook));
    Path directory = Path.of(arguments[0]);
    for (int number = 0; Files.exists(directory.resolve(number + ".args")); ++number) {
      run(directory, number);
      terminal.println(number);
    }
    Runtime.getRuntime().halt(0);
  }
}
