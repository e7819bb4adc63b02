using System.CommandLine;
using System.CommandLine.Parsing;
using Analyzer.Cli.Commands;

namespace Analyzer.Cli;

/// <summary>Parses the command line, calls a command, and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    public const int Done = 0, Interrupted = 130;

    public static int Run(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            var parsed = Root(terminal).Parse(args);
            if (parsed.Errors.Count > 0)
                return Fail(terminal, Usage(parsed));
            var configuration = new InvocationConfiguration
            {
                Output = terminal.OutputWriter, Error = terminal.ErrorWriter,
                EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
            return parsed.InvokeAsync(configuration, cancellation).GetAwaiter().GetResult();
        }
        catch (AnalyzerException e)
        {
            return Fail(terminal, e);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            terminal.ErrorWriter.WriteLine("interrupted");
            terminal.ErrorWriter.WriteLine("hint: what is finished is kept; the same command with `--resume` goes on");
            return Interrupted;
        }
    }

    private static RootCommand Root(Terminal terminal) => new("Audits a trained neural network: an ONNX file and data in, evidence and a verdict out.")
    {
        DemoCommand.Create(terminal),
        InspectCommand.Create(terminal),
        ExtractCommand.Create(terminal),
        AnalyzeCommand.Create(terminal),
        AuditCommand.Create(terminal),
        ReportCommand.Create(terminal),
        QueryCommand.Create(terminal),
    };

    private static int Fail(Terminal terminal, AnalyzerException e)
    {
        terminal.ErrorWriter.WriteLine($"error: {e.Message}");
        terminal.ErrorWriter.WriteLine($"hint: {e.Hint}");
        return (int)e.Kind;
    }

    private static AnalyzerException Usage(ParseResult parsed)
    {
        var path = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
            path.Insert(0, command.Command is RootCommand ? "analyzer" : command.Command.Name);
        // An unknown word also makes its command "missing": the word is what the user can mend.
        var errors = parsed.Errors.Select(e => e.Message).Distinct().OrderByDescending(m => m.Contains("nrecognized", StringComparison.Ordinal)).ToArray();
        var words = string.Join(' ', errors[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.').Replace('\'', '`');
        return new(char.ToLowerInvariant(words[0]) + words[1..], $"see `{string.Join(' ', path)} --help`");
    }
}
