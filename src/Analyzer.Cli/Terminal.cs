using Spectre.Console;

namespace Analyzer.Cli;

/// <summary>Where a command prints: data to <see cref="Out"/>, everything said about the work to <see cref="Error"/>.</summary>
internal sealed class Terminal
{
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="interactive">Whether standard error is a terminal, where a progress bar can be redrawn.</param>
    /// <param name="color">Whether colour is wanted.</param>
    /// <param name="width">Columns; tables are cut to it only on a terminal.</param>
    public Terminal(TextWriter output, TextWriter error, bool interactive, bool color, int width)
    {
        (OutputWriter, ErrorWriter, Interactive) = (output, error, interactive);
        Out = Console(output, false, color, width);
        Error = Console(error, interactive, color, width);
    }

    /// <summary>For tables and other laid-out data.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>For progress and messages.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>For plain data: JSON, one path a line.</summary>
    public TextWriter OutputWriter { get; }

    /// <summary>For plain messages.</summary>
    public TextWriter ErrorWriter { get; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool Interactive { get; }

    /// <summary>The terminal of this process; colour only on a terminal and without <c>NO_COLOR</c>.</summary>
    public static Terminal OfProcess()
    {
        var color = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !System.Console.IsOutputRedirected;
        var interactive = !System.Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        var width = System.Console.IsOutputRedirected ? 200 : Math.Max(60, System.Console.WindowWidth);
        return new(System.Console.Out, System.Console.Error, interactive, color, width);
    }

    private static IAnsiConsole Console(TextWriter writer, bool interactive, bool color, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = interactive || color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
        });
        console.Profile.Width = width;
        return console;
    }
}
