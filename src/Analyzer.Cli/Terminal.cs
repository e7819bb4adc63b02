using Spectre.Console;
using Spectre.Console.Rendering;
using Text = Analyzer.Reports.Text;

namespace Analyzer.Cli;

/// <summary>Where a command prints: data to standard output, everything said about the work to standard error.</summary>
internal sealed class Terminal
{
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="interactive">Whether standard error is a terminal, where a progress bar can be redrawn.</param>
    /// <param name="color">Whether colour is wanted.</param>
    /// <param name="width">Columns that tables are laid out for.</param>
    /// <param name="errorWidth">Columns of standard error, if it has others.</param>
    public Terminal(TextWriter output, TextWriter error, bool interactive, bool color, int width, int? errorWidth = null)
    {
        (OutputWriter, ErrorWriter, Interactive, Color, Width, ErrorWidth) = (output, error, interactive, color, width, errorWidth ?? width);
    }

    /// <summary>Standard output as it is: for JSON, which escapes what no terminal should see.</summary>
    public TextWriter OutputWriter { get; }

    /// <summary>Standard error as it is.</summary>
    public TextWriter ErrorWriter { get; }

    /// <summary>Prints a line of data.</summary>
    public void Print(string line) => OutputWriter.WriteLine(Text.Line(line));

    /// <summary>Prints a table, without the blanks that fill its lines up: it is read by other programs too.</summary>
    public void Print(IRenderable table)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = Color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = Color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        // A table knows its width; Spectre would drop the columns that it finds no room for.
        console.Profile.Width = short.MaxValue;
        console.Write(table);
        foreach (var line in text.ToString().TrimEnd('\n').Split('\n')) OutputWriter.WriteLine(line.TrimEnd());
    }

    /// <summary>Says something about the work, in a line.</summary>
    public void Say(string line) => ErrorWriter.WriteLine(Text.Line(line));

    /// <summary>Whether standard error is a terminal.</summary>
    public bool Interactive { get; }

    /// <summary>Whether standard output is a terminal, which a person reads.</summary>
    public bool Attended { get; init; }

    /// <summary>Whether colour is wanted.</summary>
    public bool Color { get; }

    /// <summary>Columns of standard output.</summary>
    public int Width { get; }

    /// <summary>Columns of standard error.</summary>
    public int ErrorWidth { get; }

    /// <summary>The terminal of this process; colour only on a terminal and without <c>NO_COLOR</c>.</summary>
    public static Terminal OfProcess()
    {
        var color = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !Console.IsOutputRedirected;
        var interactive = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        // A terminal that does not tell its width is taken for a usual one.
        var window = Console.IsOutputRedirected && !interactive ? 0 : Console.WindowWidth;
        if (window <= 0) window = 80;
        return new(Console.Out, Console.Error, interactive, color, Console.IsOutputRedirected ? 200 : Math.Max(60, window), window) { Attended = !Console.IsOutputRedirected };
    }
}
