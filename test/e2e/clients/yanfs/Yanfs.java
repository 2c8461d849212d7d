// Copies by YANFS, Sun's NFS client in Java, as the user root.
//   Yanfs list URL                prints the names in the directory
//   Yanfs put (FILE URL)...       copies files, all at the same time; prints how long it took
//   Yanfs get (URL FILE)...       the other way
// URLs are like nfs://cluster:v3um/export/alpha/name: version 3, UDP; m: mounted by MOUNT, w: looked up
// from the public handle instead.
import com.sun.nfs.NfsConnect;
import com.sun.xfile.XFile;
import com.sun.xfile.XFileInputStream;
import com.sun.xfile.XFileOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

final class Yanfs {
  private static final int BUFFER = 1 << 16;

  private Yanfs() {}

  private static void list(String url) throws IOException {
    String[] names = new XFile(url).list();
    if (names == null) throw new IOException(url + ": no directory");
    for (String name : names) System.out.println(name);
  }

  private static Void copy(InputStream from, OutputStream to) throws IOException {
    try (from; to) {
      byte[] buffer = new byte[BUFFER];
      for (int length; (length = from.read(buffer)) > 0; ) to.write(buffer, 0, length);
    }
    return null;
  }

  private static Void put(String file, String url) throws IOException {
    return copy(new FileInputStream(file), new XFileOutputStream(url));
  }

  // MOUNT is for directories: of files YANFS knows what it has seen in a list.
  private static Void get(String url, String file) throws IOException {
    new XFile(new XFile(url).getParent()).list();
    return copy(new XFileInputStream(url), new FileOutputStream(file));
  }

  private static void all(List<Callable<Void>> copies) throws Exception {
    long begun = System.nanoTime();
    ExecutorService threads = Executors.newCachedThreadPool();
    for (Future<Void> copy : threads.invokeAll(copies)) copy.get();
    System.out.printf("%.1f s%n", (System.nanoTime() - begun) / 1e9);
  }

  private static void run(String[] words) throws Exception {
    NfsConnect.getCred().setCred(0, 0, new int[0]);
    List<Callable<Void>> copies = new ArrayList<>();
    for (int i = 1; i + 1 < words.length; i += 2) {
      String from = words[i];
      String to = words[i + 1];
      copies.add(words[0].equals("put") ? () -> put(from, to) : () -> get(from, to));
    }
    if (copies.isEmpty()) {
      list(words[1]);
    } else {
      all(copies);
    }
  }

  // Threads of YANFS go on until somebody ends them.
  public static void main(String[] words) {
    try {
      run(words);
      System.exit(0);
    } catch (Exception problem) {
      System.err.println(problem);
      System.exit(1);
    }
  }
}
