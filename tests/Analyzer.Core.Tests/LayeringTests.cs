using System.Text.RegularExpressions;

namespace Analyzer.Tests;

/// <summary>Which folder may use which: read from the sources, so that a shortcut across layers does not pass.</summary>
public partial class LayeringTests
{
    // What a folder may not name. The pipeline (files at the top of Analyzer.Core, and Extraction) joins everything but the command line.
    private static readonly Dictionary<string, string[]> Forbidden = new()
    {
        ["Analyzer.Statistics"] = ["SkiaSharp", "System.IO", "Analyzer.Native", "Analyzer.Models", "Analyzer.Runs", "System.Diagnostics", "Analyzer.Cli"],
        ["Analyzer.Core/Models"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Datasets", "Analyzer.Inference", "Analyzer.Runs", "Analyzer.Analyses", "Analyzer.Reports", "Analyzer.Statistics", "Analyzer.Extraction"],
        // Skia decodes images. DuckDB reads CSV and Parquet: a parser of our own would be a second and a worse one. Nothing of a run is read or
        // written here.
        ["Analyzer.Core/Datasets"] = ["Microsoft.ML.OnnxRuntime", "Analyzer.Runs", "Analyzer.Analyses", "Analyzer.Reports", "Analyzer.Extraction", "Google.Protobuf"],
        ["Analyzer.Core/Inference"] = ["SkiaSharp", "Analyzer.Native", "Analyzer.Datasets", "Analyzer.Runs", "Analyzer.Analyses", "Analyzer.Reports", "Analyzer.Extraction", "Google.Protobuf"],
        ["Analyzer.Core/Runs"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Datasets", "Analyzer.Inference", "Analyzer.Analyses", "Analyzer.Reports", "Analyzer.Extraction", "Google.Protobuf"],
        ["Analyzer.Core/Analyses"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Datasets", "Analyzer.Inference", "Analyzer.Models", "Analyzer.Extraction", "Google.Protobuf", "Analyzer.Reports.Html"],
        ["Analyzer.Core/Reports"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Datasets", "Analyzer.Inference", "Analyzer.Models", "Analyzer.Runs", "Analyzer.Analyses", "Analyzer.Statistics", "Analyzer.Extraction", "Google.Protobuf"],
        // Skia paints figures as it decodes images; the interpreter of the chart library is here alone.
        ["Analyzer.Core/Figures"] = ["Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Inference", "Analyzer.Models", "Analyzer.Runs", "Analyzer.Analyses", "Analyzer.Statistics", "Analyzer.Extraction", "Analyzer.Reports", "Google.Protobuf"],
        // A policy is YAML, read as descriptions of data are.
        ["Analyzer.Core/Gates"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Inference", "Analyzer.Runs", "Analyzer.Analyses", "Analyzer.Statistics", "Analyzer.Extraction", "Google.Protobuf"],
        ["Analyzer.Core/Extraction"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Analyses", "Analyzer.Reports", "Google.Protobuf"],
        // Pages are functions of what a run stores; DuckDB is asked by way of it.
        ["Analyzer.Core/Serving"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Datasets", "Analyzer.Inference", "Analyzer.Models", "Analyzer.Analyses", "Analyzer.Extraction", "Google.Protobuf"],
        ["Analyzer.Cli"] = ["SkiaSharp", "Microsoft.ML.OnnxRuntime", "Analyzer.Native", "Analyzer.Statistics", "Google.Protobuf"],
    };

    public static TheoryData<string> Folders => [.. Forbidden.Keys];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_uses_only_what_its_layer_may(string folder)
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", folder), "*.*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".razor", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        var breaches = files.SelectMany(file => Usings().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value)
            .Where(used => Forbidden[folder].Any(no => used == no || used.StartsWith(no + ".", StringComparison.Ordinal)))
            .Select(used => $"{Path.GetRelativePath(Repository.Root, file)} uses {used}"));
        Assert.Empty(breaches);
    }

    [Fact]
    public void Statistics_reads_no_clock_and_prints_nothing()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Analyzer.Statistics"), "*.cs");
        Assert.DoesNotContain(files, file => Impure().IsMatch(File.ReadAllText(file)));
    }

    [GeneratedRegex(@"^\s*@?using (?:static )?(?:\w+ = )?([\w.]+);?\s*$", RegexOptions.Multiline)] private static partial Regex Usings();

    [GeneratedRegex(@"\b(DateTime|Stopwatch|Console|File|Directory|Random)\.|new Random\(")] private static partial Regex Impure();
}
