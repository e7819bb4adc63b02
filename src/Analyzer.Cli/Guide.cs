using System.Reflection;

namespace Analyzer.Cli;

/// <summary>A guide that comes with the program: a page of Markdown, or a file to copy.</summary>
/// <param name="Name">What it is asked for by.</param>
/// <param name="For">What it is for, in a line.</param>
/// <param name="File">Its name in the sources.</param>
internal sealed record Guide(string Name, string For, string File)
{
    /// <summary>All guides, in the order in which a newcomer would want them.</summary>
    public static IReadOnlyList<Guide> All { get; } =
    [
        new("audit", "Audit a model you were given", "audit.md"),
        new("training", "After a PyTorch training: export, audit, gate", "training.md"),
        new("workflow", "The workflow for GitHub Actions, to be copied", "analyzer.yml"),
        new("reading", "Read a run from pandas, Polars and DuckDB", "reading.md"),
        new("library", "Call the library from C#", "library.md"),
    ];

    /// <summary>Whether it is Markdown, and not a file to copy as it is.</summary>
    public bool IsMarkdown => File.EndsWith(".md", StringComparison.Ordinal);

    /// <summary>The text as it was written.</summary>
    public string Text
    {
        get
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"guide/{File}")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }

    /// <summary>The guide of a name.</summary>
    /// <exception cref="AnalyzerException">There is none.</exception>
    public static Guide Named(string name) => All.FirstOrDefault(g => g.Name == name)
        ?? throw new AnalyzerException($"there is no guide `{name}`", $"there are {string.Join(", ", All.Select(g => $"`{g.Name}`"))}");
}
