using System.Text.Json.Nodes;
using Analyzer.Reports;

namespace Analyzer.Tests.Gates;

/// <summary>A small report, made by hand.</summary>
internal static class Reported
{
    public static Report Report(double accuracy = .92, double low = .89, double high = .94, string name = "m.onnx") => new()
    {
        Model = new(name, "0", null, 100, 17, "tests"),
        Data = new("data", "data", "0", new Dictionary<string, int> { ["test"] = 100 }, null),
        Provenance = new("analyzer audit", "cpu", "CPU", "all", 2, 32, 0, null, new Dictionary<string, string> { ["analyzer"] = "1.2.3" }),
        NonPerturbation = new(10, ["y"], true, 0),
        Coverage = new([new("t0000", "h", "n", "Relu", [-1, 3], "float", "mean", 3, null)], 100, 100, ["a note"]),
        Accuracy = new Dictionary<string, SplitAccuracy> { ["test"] = new(100, accuracy, [low, high], .5) },
        Findings =
        [
            Finding("good", Verdict.Pass, .5, new("shuffled", .1, .1, 4, 20)), Finding("odd", Verdict.Warn, .7, null) with { Tap = "t0000", Unit = 2 }, Finding("open", Verdict.Inconclusive, .1, null),
        ],
        Analyses = new JsonObject { ["things"] = new JsonObject { ["ssRate"] = .4, ["ssRateInterval"] = new JsonArray(.3, .5), ["share"] = .15, ["interval"] = new JsonArray(.1, .3), ["layers"] = new JsonArray(new JsonObject { ["dead"] = 0 }, new JsonObject { ["dead"] = 4 }) } },
    };

    private static Finding Finding(string id, Verdict verdict, double value, NullSummary? with) => new()
    {
        Id = id, Analysis = "codes", Title = $"{id} title", Value = value, ValueUnit = "fraction", Null = with, Verdict = verdict, Rule = "a rule", Evidence = "SELECT 1", Source = "a paper",
    };
}
