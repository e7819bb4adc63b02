using Analyzer.Reports;
using Analyzer.Runs;

namespace Analyzer;

/// <summary>The folder that a comparison is written to.</summary>
internal static class DiffFolder
{
    private static readonly string[] Own = [".lock", "diff.json", "diff.md", "diff.html"];

    /// <summary>Refuses a file, and a folder that holds anything but an older comparison.</summary>
    public static void ExpectPlaceFor(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any(e => !Own.Contains(Path.GetFileName(e)) && !e.EndsWith(RunPaths.Unfinished, StringComparison.Ordinal))))
            throw new AnalyzerException($"`{folder}` holds something other than a comparison", "give a new directory to `--out`");
    }

    /// <summary>Writes the files, an older comparison's place taken.</summary>
    public static void Store(DiffReport report, string folder)
    {
        using var writer = WriterLock.Take(folder);
        RunPaths.WriteAtomically(Path.Combine(folder, "diff.json"), path => File.WriteAllText(path, report.ToJson()));
        RunPaths.WriteAtomically(Path.Combine(folder, "diff.md"), path => File.WriteAllText(path, DiffMarkdown.Render(report)));
        RunPaths.WriteAtomically(Path.Combine(folder, "diff.html"), path => File.WriteAllText(path, ReportHtml.RenderAsync(report).GetAwaiter().GetResult()));
    }
}
