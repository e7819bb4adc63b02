using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Analyzer.Figures;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>The figures of a report as files.</summary>
/// <param name="Folder">Where they lie.</param>
/// <param name="Figures">How many figures, each a file a format.</param>
/// <param name="Boxes">Characters that the font of the pictures lacks, and that stand there as boxes; SVG holds them as text.</param>
public sealed record FigureFiles(string Folder, int Figures, int Boxes)
{
    private const string Index = "figures.json";

    internal static FigureFiles Write(Run run, FigureOptions options, IProgress<ProgressUpdate>? progress, CancellationToken cancellation)
    {
        var page = Path.Combine(run.Path, "report.html");
        if (!File.Exists(page)) throw new AnalyzerException($"`{run.Path}` has no report yet", $"write it with `analyzer report {run.Path}`");
        var html = File.ReadAllBytes(page);
        var figures = PageFigure.Of(Encoding.UTF8.GetString(html));
        var (files, index, boxes) = (new List<(string Name, byte[] Bytes)>(), new JsonArray(), 0);
        using (var drawing = new FigureDrawing())
        {
            for (var i = 0; i < figures.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var svg = drawing.Draw(figures[i].Option);
                if (options.Formats.Contains(FigureFormat.Svg)) files.Add(($"{figures[i].FileName}.svg", Encoding.UTF8.GetBytes(svg)));
                if (options.Formats.Contains(FigureFormat.Png))
                {
                    files.Add(($"{figures[i].FileName}.png", FigurePng.Of(svg)));
                    boxes += FigureFont.Lacking(XElement.Parse(svg).Value);
                }
                index.Add(new JsonObject
                {
                    ["section"] = figures[i].Section, ["file"] = figures[i].FileName, ["text"] = figures[i].Text, ["caption"] = figures[i].Caption,
                });
                progress?.Report(new("figures", i + 1, figures.Count, "figures"));
            }
        }
        // Of which page they are.
        var made = new JsonObject { ["page"] = Checksums.OfBytes(html), ["formats"] = new JsonArray([.. options.Formats.Distinct().Select(f => JsonValue.Create(f.ToString().ToLowerInvariant()))]), ["figures"] = index };
        files.Add((Index, Encoding.UTF8.GetBytes(made.ToJsonString(Reports.Report.Json) + "\n")));
        Store(run, options.Folder, files);
        return new(options.Folder ?? Path.Combine(run.Path, RunPaths.Figures), figures.Count, boxes);
    }

    /// <summary>Whether the figures that lie in a run are of an earlier page than the one that lies there now; false where none lie there.</summary>
    public static bool AreOutdated(string run)
    {
        var index = Path.Combine(run, RunPaths.Figures, Index);
        if (!File.Exists(index)) return false;
        try
        {
            return (string?)JsonNode.Parse(File.ReadAllBytes(index))?["page"] != Checksums.OfFile(Path.Combine(run, "report.html"));
        }
        // One that cannot be read is of no page that is known.
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or IOException)
        {
            return true;
        }
    }

    private static void Store(Run run, string? folder, IReadOnlyList<(string Name, byte[] Bytes)> files)
    {
        if (folder is null || Path.GetFullPath(folder) == Path.GetFullPath(Path.Combine(run.Path, RunPaths.Figures)))
        {
            run.WriteFiles(RunPaths.Figures, [.. files.Select(f => ($"{RunPaths.Figures}/{f.Name}", f.Bytes))]);
            return;
        }
        foreach (var (name, bytes) in files) RunPaths.WriteAtomically(Path.Combine(folder, name), temporary => File.WriteAllBytes(temporary, bytes));
    }
}
