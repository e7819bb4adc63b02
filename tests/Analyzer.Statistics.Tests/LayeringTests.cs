using System.Text.RegularExpressions;

namespace Analyzer.Tests;

public class LayeringTests
{
    [Fact]
    public void The_mathematics_reads_no_file_clock_console_or_unseeded_randomness()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Analyzer.sln"))) root = root.Parent!;
        string[] sources = Directory.GetFiles(Path.Combine(root.FullName, "src", "Analyzer.Statistics"), "*.cs");
        Assert.Contains(sources, source => source.EndsWith("PackedBits.cs", StringComparison.Ordinal));

        var allowed = new Regex(@"^using (System\.(Buffers|Numerics|Runtime)[\w.]*|MathNet\.Numerics[\w.]*);$");
        var banned = new Regex(@"\b(File|Directory|Console|DateTime|DateTimeOffset|Stopwatch|Random|Guid)\s*[.(]");
        foreach (var source in sources)
        {
            foreach (var line in File.ReadLines(source))
            {
                Assert.False(line.StartsWith("using ", StringComparison.Ordinal) && !allowed.IsMatch(line), $"{source}: {line}");
                Assert.False(banned.IsMatch(line), $"{source}: {line}");
            }
        }
    }
}
