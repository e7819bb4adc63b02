namespace Analyzer.Cli.Tests;

public class ProgressTests
{
    [Theory]
    [InlineData(200), InlineData(80), InlineData(60), InlineData(40), InlineData(12), InlineData(1)]
    public void A_redrawn_line_stays_within_the_terminal(int width)
    {
        using var error = new StringWriter();
        using (var progress = new ProgressPrinter(new Terminal(TextWriter.Null, error, interactive: true, color: false, width)))
        {
            progress.Report(new("codes, /a/rather/long/name/of/a/tensor: re-drawn weights: K-NN", 0, 1_000_000, "samples"));
            Thread.Sleep(150);
            progress.Report(new("codes, /a/rather/long/name/of/a/tensor: re-drawn weights: K-NN", 1_000_000, 1_000_000, "samples"));
        }
        var lines = error.ToString().Split('\r', '\n').Select(l => l.Replace("\u001b[2K", "", StringComparison.Ordinal)).Where(l => l.Length > 0).ToArray();
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width - 1));
        if (width >= 40) Assert.Contains("100%", lines[^1], StringComparison.Ordinal);
        Assert.Equal(width >= 200, lines.Any(l => l.Contains('━', StringComparison.Ordinal)));
    }
}
