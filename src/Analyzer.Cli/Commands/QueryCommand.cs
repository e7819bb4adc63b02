using Analyzer.Reports;
using System.CommandLine;
using Analyzer.Runs;

namespace Analyzer.Cli.Commands;

/// <summary><c>query</c>: SQL over everything a run stores.</summary>
internal static class QueryCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("query", "Run SQL (DuckDB) over a run: samples, taps, activations, codes, and a table per analysis file");
        var run = SharedOptions.Run();
        var sql = new Argument<string>("SQL") { Description = "One SELECT; DESCRIBE and SHOW TABLES work too" };
        var json = new Option<bool>("--json") { Description = "One JSON object a row instead of tab-separated text; NaN and infinities become null" };
        command.Add(run);
        command.Add(sql);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            using var opened = Run.Open(parsed.GetValue(run)!);
            using var query = RunQuery.Start(opened, parsed.GetValue(sql)!, parsed.GetValue(json), cancellation);
            Print(terminal, query);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    // Rows stream: a query over millions of activations must not wait for a table to be laid out.
    private static void Print(Terminal terminal, RunQuery query)
    {
        if (!query.Json) terminal.OutputWriter.WriteLine(string.Join('\t', query.Columns.Select(Text.Line)));
        foreach (var row in query.Rows())
            terminal.OutputWriter.WriteLine(string.Join('\t', row.Select(cell => query.Json ? Text.Visible(cell!) : cell is null ? "NULL" : Text.Line(cell.Replace('\t', ' ').ReplaceLineEndings(" ")))));
    }
}
