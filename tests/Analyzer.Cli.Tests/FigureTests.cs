using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SkiaSharp;

namespace Analyzer.Cli.Tests;

/// <summary>The figures of a page as files.</summary>
public sealed class FigureTests(FigureTests.Audited audited) : IClassFixture<FigureTests.Audited>
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Every_figure_of_the_page_is_there_as_svg_and_png_with_its_data()
    {
        var figures = JsonNode.Parse(File.ReadAllText(Path.Combine(audited.Figures, "figures.json")))!["figures"]!.AsArray();
        var page = File.ReadAllText(Path.Combine(audited.Run, "report.html"));
        string[] options = [.. Regex.Matches(page, "<div class=\"chart\".* data-option=\"([^\"]*)\"").Select(m => System.Net.WebUtility.HtmlDecode(m.Groups[1].Value))];
        Assert.True(options.Length > 10, $"{options.Length} figures");
        Assert.Equal(options.Length, figures.Count);
        Assert.Equal(["figures.json", .. figures.SelectMany(f => new[] { $"{f!["file"]}.png", $"{f["file"]}.svg" }).Order(StringComparer.Ordinal)],
            Directory.EnumerateFiles(audited.Figures).Select(Path.GetFileName).OrderBy(f => f == "figures.json" ? "" : f, StringComparer.Ordinal));
        Assert.EndsWith($"figures: {audited.Figures} ({options.Length}, as svg and png)\n", audited.Printed.Output, StringComparison.Ordinal);
        foreach (var (figure, option) in figures.Zip(options))
        {
            var file = Path.Combine(audited.Figures, (string)figure!["file"]!);
            var drawing = XDocument.Load($"{file}.svg").Root!;
            Assert.Equal(Svg + "svg", drawing.Name);
            var (marks, values) = (Marks(drawing), Values(JsonNode.Parse(option)!));
            Assert.True(marks >= values, $"{figure["file"]}: {marks} marks and corners for {values} values");
            using var picture = SKBitmap.Decode($"{file}.png");
            // 640 CSS pixels of 96 an inch, at 300 an inch; a legend of several rows makes a figure higher.
            Assert.Equal(((int)Math.Ceiling(640 * 300 / 96.0), (int)Math.Ceiling((double)drawing.Attribute("height")! * 300 / 96)), (picture.Width, picture.Height));
            Assert.InRange(Painted(picture), .01, .99);
            Assert.Equal(11811, Resolution($"{file}.png"));
        }
    }

    [Fact]
    public void Figures_belong_to_the_run()
    {
        var verified = Outcome.Of("verify", audited.Run, "--quick");
        Assert.True(verified.ExitCode == 0, verified.Output);
        Assert.Contains("  figures/figures.json\n", File.ReadAllText(Path.Combine(audited.Run, "SHA256SUMS")), StringComparison.Ordinal);
    }

    [Fact]
    public void They_are_the_same_to_the_byte_in_every_culture_and_folder()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            // As numbers are written in Russian and in Arabic.
            foreach (var (separator, minus) in new[] { (",", "-"), ("٫", "\u061c-") })
            {
                var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
                culture.NumberFormat = new() { NumberDecimalSeparator = separator, NegativeSign = minus };
                CultureInfo.CurrentCulture = culture;
                var folder = audited.Folder[$"elsewhere{separator}"];
                var outcome = Outcome.Of("report", audited.Run, "--figures", folder, "--format", "svg", "png");
                Assert.True(outcome.ExitCode == 0, outcome.Error);
                Assert.Equal(Directory.EnumerateFiles(audited.Figures).Select(Path.GetFileName).Order(), Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
                foreach (var file in Directory.EnumerateFiles(folder)) Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(audited.Figures, Path.GetFileName(file)))), file);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Figures_of_an_earlier_report_are_named()
    {
        var policy = audited.Folder["gates.yaml"];
        File.WriteAllText(policy, "gates:\n  - name: another\n    field: accuracy.test.accuracy\n    min: 0.5\n");
        Assert.Equal(0, Outcome.Of("check", audited.Run, "--policy", policy).ExitCode);
        Assert.StartsWith($"note: {audited.Figures} is of an earlier report; `analyzer report {audited.Run} --figures` draws this one\n", Outcome.Of("report", audited.Run).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("earlier report", Outcome.Of("report", audited.Run, "--figures").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_without_figures_is_refused()
    {
        var outcome = Outcome.Of("report", audited.Run, "--format", "png");
        Assert.Equal((2, "error: `--format` is of figures, and none are asked for\nhint: add `--figures`\n"), (outcome.ExitCode, outcome.Error.ReplaceLineEndings("\n")));
    }

    // Shapes, and the corners of lines: each value is one or the other.
    private static int Marks(XElement drawing) => drawing.Descendants(Svg + "path").Sum(p => Regex.Count((string)p.Attribute("d")!, "[MLC]"));

    // A bar of 0 is a shape of no height; what is missing is none.
    private static int Values(JsonNode option) => option["series"]!.AsArray().SelectMany(s => s!["data"]?.AsArray() ?? []).Count(v => v is JsonValue || v is JsonArray point && point.All(p => p is not null && p.ToJsonString() != "\"-\""));

    private static double Painted(SKBitmap picture) => picture.Pixels.Count(p => p != SKColors.White) / (double)picture.Pixels.Length;

    private static int Resolution(string png)
    {
        var bytes = File.ReadAllBytes(png).AsSpan();
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes[(bytes.IndexOf("pHYs"u8) + 4)..]);
    }

    /// <summary>An audit and its figures.</summary>
    public sealed class Audited : IDisposable
    {
        public Audited()
        {
            Outcome.Of("audit", Repository.Model("mnist-mlp-w020.onnx"), "--data", SmallData.Write(Folder["data"]), "--out", Run, "--device", "cpu");
            Printed = Outcome.Of("report", Run, "--figures");
            Assert.True(Printed.ExitCode == 0, Printed.Error);
        }

        public string Run => Folder["run"];

        public string Figures => Path.Combine(Run, "figures");

        internal TemporaryFolder Folder { get; } = new();

        internal Outcome Printed { get; }

        public void Dispose() => Folder.Dispose();
    }
}
