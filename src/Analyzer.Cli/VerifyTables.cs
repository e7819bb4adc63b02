using Analyzer.Reports;

namespace Analyzer.Cli;

/// <summary>Lays out what a verification found: what is wrong first, and at the end what it comes to.</summary>
internal static class VerifyTables
{
    // A run has thousands of files, and where all are of one state a few show it.
    private const int MostFiles = 20;

    public static void Print(Terminal terminal, VerifyReport report)
    {
        if (report.Files.Count > 0)
        {
            var files = new ResultTable(["file is", "path"], "path");
            foreach (var state in report.Files.GroupBy(f => f.State))
                foreach (var f in state.Take(MostFiles)) files.AddColored(f.State is FileState.Unknown ? "grey" : "red", Word(f.State), f.Path);
            files.Write(terminal);
            foreach (var state in report.Files.GroupBy(f => f.State).Where(g => g.Count() > MostFiles))
                terminal.Print($"and {Text.Count(state.Count() - MostFiles)} more that are {Word(state.Key)}; `--json` has them");
        }
        if (report.Findings.Count > 0)
        {
            var findings = new ResultTable(["finding", "id", "because"], "because");
            foreach (var f in report.Findings.OrderBy(f => f.State switch { FindingState.Altered => 0, FindingState.Differs => 1, FindingState.Unchecked => 2, _ => 3 }))
                findings.AddColored(f.State switch { FindingState.Stands => "green", FindingState.Unchecked => "grey", _ => "red" }, Word(f.State), f.Id,
                    f.Reason ?? (report.Quick ? "nothing that it rests on is altered" : "it comes out again to the bit"));
            findings.Write(terminal);
        }
        foreach (var note in report.Notes) terminal.Say($"note: {note.Text}");
        terminal.Print($"files: {Tables.Count(report.Unaltered, "file")} as stored{Others(report.Files.CountBy(f => Word(f.State)))}");
        if (report.Findings.Count > 0)
            terminal.Print($"findings: {Text.Count(report.Findings.Count(f => f.State == FindingState.Stands))} of {report.Findings.Count} stand{Others(report.Findings.Where(f => f.State != FindingState.Stands).CountBy(f => Word(f.State)))}{(report.Quick ? "; nothing was recomputed" : "")}");
        else terminal.Print("findings: none are stored");
        if (report.Sums is { } sums) terminal.Print($"SHA256SUMS has the sha256 {sums}; kept elsewhere, it shows whether somebody changed files and sums together");
        terminal.Print(report.ExitCode switch
        {
            0 => "the run is what it says",
            1 => "the run is not what it says",
            _ => "nothing speaks against the run, but not all of it could be checked",
        });
    }

    private static string Word<T>(T state) where T : struct, Enum => state.ToString().ToLowerInvariant();

    private static string Others(IEnumerable<KeyValuePair<string, int>> counts) => string.Concat(counts.Select(c => $", {Text.Count(c.Value)} {c.Key}"));
}
