using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Analyzer.Cli.Commands;

namespace Analyzer.Cli;

/// <summary>Parses the command line, calls a command, and turns what goes wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    public const int Done = 0, Interrupted = 130;

    public static int Run(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation)
    {
        // `@file` is a selector here, not a file of further arguments.
        var root = Root(terminal);
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        // A line that a shell wants completed is not finished, and so no error.
        var suggests = root.Directives.Any(directive => parsed.GetResult(directive) is not null);
        try
        {
            if (parsed.Errors.Count > 0 && !suggests)
                return Fail(terminal, Usage(parsed));
            var configuration = new InvocationConfiguration
            {
                Output = terminal.OutputWriter, Error = terminal.ErrorWriter,
                EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            };
            var code = parsed.InvokeAsync(configuration, cancellation).GetAwaiter().GetResult();
            TellPeak(parsed, terminal);
            return code;
        }
        catch (AnalyzerException e)
        {
            return Fail(terminal, e);
        }
        catch (UnauthorizedAccessException e)
        {
            return Fail(terminal, new(e.Message.TrimEnd('.'), "may this user read it, and write where something is written?", Failure.BadInput, e));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            terminal.Say("interrupted");
            var resumable = parsed.CommandResult.Command.Options.Any(o => o.Name == "--resume");
            terminal.Say($"hint: {(resumable ? "what is finished is kept; the same command with `--resume` goes on" : "the same command starts again")}");
            return Interrupted;
        }
    }

    private static RootCommand Root(Terminal terminal) => new("Audits a trained neural network: an ONNX file and data in, evidence and a verdict out.")
    {
        DemoCommand.Create(terminal),
        InspectCommand.Create(terminal),
        PlanCommand.Create(terminal),
        ExtractCommand.Create(terminal),
        AnalyzeCommand.Create(terminal),
        AuditCommand.Create(terminal),
        SweepCommand.Create(terminal),
        DiffCommand.Create(terminal),
        ReportCommand.Create(terminal),
        CheckCommand.Create(terminal),
        QueryCommand.Create(terminal),
        ServeCommand.Create(terminal),
        ExplainCommand.Create(terminal),
        VerifyCommand.Create(terminal),
        GuideCommand.Create(terminal),
        CompletionCommand.Create(terminal),
    };

    // The plan is kept by what is planned; what libraries take beside it, such as DuckDB for rows of Parquet as wide as images, is not.
    private static void TellPeak(ParseResult parsed, Terminal terminal)
    {
        if (parsed.CommandResult.Command.Options.OfType<Option<long?>>().FirstOrDefault(o => o.Name == "--memory") is not { } option) return;
        var memory = parsed.GetValue(option) ?? ExtractOptions.UsualMemory;
        using var process = Process.GetCurrentProcess();
        if (process.PeakWorkingSet64 > memory)
            terminal.Say($"note: the process took {SharedOptions.Size(process.PeakWorkingSet64)} at its peak, more than the {SharedOptions.Size(memory)} of `--memory`");
    }

    private static int Fail(Terminal terminal, AnalyzerException e)
    {
        terminal.Say($"error: {e.Message}");
        terminal.Say($"hint: {e.Hint}");
        return (int)e.Kind;
    }

    /// <summary>The command as it is typed, without arguments.</summary>
    public static string Path(ParseResult parsed)
    {
        var path = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
            path.Insert(0, command.Command is RootCommand ? "analyzer" : command.Command.Name);
        return string.Join(' ', path);
    }

    private static AnalyzerException Usage(ParseResult parsed)
    {
        // An unknown word also makes its command "missing": the word is what the user can mend.
        var errors = parsed.Errors.Select(Message).Distinct().OrderByDescending(m => m.Contains("nrecognized", StringComparison.Ordinal)).ToArray();
        var words = string.Join(' ', errors[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.').Replace('\'', '`');
        return new(char.ToLowerInvariant(words[0]) + words[1..], $"{(Meant(parsed) is { } option ? $"did you mean `{option}`? " : "")}see `{Path(parsed)} --help`");
    }

    // The option that an unknown one begins like, with `--` and two letters or more.
    private static string? Meant(ParseResult parsed) => parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith("--", StringComparison.Ordinal)) is not { } word ? null
        : parsed.CommandResult.Command.Options.Select(o => (o.Name, Alike: word.AsSpan().CommonPrefixLength(o.Name))).Where(o => o.Alike >= 4).OrderByDescending(o => o.Alike).ThenBy(o => o.Name.Length).Select(o => o.Name).FirstOrDefault();

    // The library would name a .NET type.
    private static string Message(ParseError error)
    {
        if (!error.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal)) return error.Message;
        var at = error.SymbolResult;
        while (at is not null and not OptionResult) at = at.Parent;
        if (at is not OptionResult { Option: var option, Tokens: [.., { Value: var value }] }) return error.Message;
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        if (type == typeof(bool)) return $"`{option.Name}` takes `true`, `false` or nothing, not `{value}`";
        var digits = value.AsSpan(value.StartsWith('-') ? 1 : 0);
        return digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9')
            ? $"`{option.Name}` takes no number as large as `{value}`"
            : $"`{option.Name}` takes a whole number, not `{value}`";
    }
}
