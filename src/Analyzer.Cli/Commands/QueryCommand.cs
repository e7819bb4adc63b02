using System.CommandLine;
using Analyzer.Runs;
using Spectre.Console;

namespace Analyzer.Cli.Commands;

/// <summary><c>query</c>: SQL over everything a run stores.</summary>
internal static class QueryCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("query", "Run SQL (DuckDB) over a run: samples, taps, activations, codes, and a table per analysis file");
        var run = SharedOptions.Run();
        var sql = new Argument<string>("SQL") { Description = "One SELECT; DESCRIBE and SHOW TABLES work too" };
        var json = new Option<bool>("--json") { Description = "One JSON object a row instead of tab-separated text" };
        command.Add(run);
        command.Add(sql);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            using var opened = Run.Open(parsed.GetValue(run)!);
            using var query = RunQuery.Start(opened, parsed.GetValue(sql)!, parsed.GetValue(json));
            Print(terminal, query, cancellation);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    // Rows stream: a query over millions of activations must not wait for a table to be laid out.
    private static void Print(Terminal terminal, RunQuery query, CancellationToken cancellation)
    {
        if (!query.Json) terminal.OutputWriter.WriteLine(string.Join('\t', query.Columns));
        foreach (var row in query.Rows())
        {
            cancellation.ThrowIfCancellationRequested();
            terminal.OutputWriter.WriteLine(string.Join('\t', row.Select(cell => query.Json ? cell : cell?.Replace('\t', ' ').ReplaceLineEndings(" ") ?? "NULL")));
        }
    }
}
