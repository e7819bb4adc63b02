using System.Text;

namespace Analyzer.Reports;

/// <summary>Turns a comparison into Markdown: what it comes to, then what differs.</summary>
public static class DiffMarkdown
{
    // A comment on a change is read, not searched; diff.json has all.
    private const int MostRows = 50;

    /// <summary>Renders the text.</summary>
    public static string Render(DiffReport report)
    {
        var text = new StringBuilder();
        text.Append($"# {Escape(Path.GetFileName(report.A.Model))} → {Escape(Path.GetFileName(report.B.Model))}\n\n");
        foreach (var sentence in report.Summary) text.Append($"- {Escape(sentence)}\n");
        foreach (var table in DiffTable.All(report))
        {
            text.Append($"\n## {Escape(table.Title)}\n\n");
            text.Append($"| {string.Join(" | ", table.Columns)} |\n|{string.Concat(table.Columns.Select(_ => "---|"))}\n");
            foreach (var row in table.Rows.Take(MostRows)) text.Append($"| {string.Join(" | ", row.Select(Escape))} |\n");
            if (table.Rows.Count > MostRows) text.Append($"\n{Text.Count(table.Rows.Count - MostRows)} more in diff.json\n");
        }
        if (report.Notes.Count > 0) text.Append("\n## Notes\n\n");
        foreach (var note in report.Notes) text.Append($"- {Escape(note)}\n");
        return text.ToString();
    }

    private static string Escape(string text) => ReportMarkdown.Escape(text);
}
