using Spectre.Console;
using Text = Analyzer.Reports.Text;

namespace Analyzer.Cli;

/// <summary>
/// A table without a frame, for it is read in logs too. Short columns always stay whole; only the wrapping ones, titles and names, give
/// way: they wrap between words while that reads well, and else stand on lines of their own above the short ones.
/// </summary>
/// <param name="columns">Headers.</param>
/// <param name="wrapping">Those of them that may give way.</param>
internal sealed class ResultTable(string[] columns, params string[] wrapping)
{
    private const int Gap = 3, Readable = 30;

    private readonly List<(string[] Cells, string? Color)> _rows = [];

    /// <summary>Whether cells stand at the right of their columns, as numbers do.</summary>
    public bool AlignRight { get; init; }

    /// <summary>Adds a row of plain text.</summary>
    public void Add(params string[] cells) => AddColored(null, cells);

    /// <summary>Adds a row whose first cell has a colour.</summary>
    public void AddColored(string? color, params string[] cells) => _rows.Add(([.. cells.Select(Text.Line)], color));

    /// <summary>Prints the table to standard output.</summary>
    public void Write(Terminal terminal)
    {
        var widths = new int[columns.Length];
        for (var c = 0; c < widths.Length; c++) widths[c] = Math.Max(Width(columns[c]), _rows.Select(r => Width(r.Cells[c])).DefaultIfEmpty().Max());
        // Beside the gaps a table has a blank at its left and one at its right.
        var excess = widths.Sum() + Gap * widths.Length + 1 - terminal.Width;
        var widest = Enumerable.Range(0, widths.Length).Where(Wraps).OrderByDescending(c => widths[c]).Cast<int?>().FirstOrDefault();
        if (excess > 0 && widest is { } w)
        {
            var longestWord = _rows.SelectMany(r => r.Cells[w].Split(' ')).Max(Width);
            if (widths[w] - excess < Math.Max(longestWord, Readable))
            {
                terminal.Print(Stacked(widths, terminal.Width));
                return;
            }
            widths[w] -= excess;
        }
        // Without a column that gives way the gaps do; what is too wide even then is the terminal's to wrap, nothing is left out.
        terminal.Print(SideBySide(widths, tight: excess > 0 && widest is null));
    }

    private bool Wraps(int column) => wrapping.Contains(columns[column]);

    private Table SideBySide(int[] widths, bool tight)
    {
        var table = new Table { Border = TableBorder.Simple };
        for (var c = 0; c < columns.Length; c++)
        {
            table.AddColumn(new TableColumn(Markup.Escape(columns[c]))
            {
                Width = widths[c], NoWrap = !Wraps(c), Padding = tight ? new(0, 0) : new(1, 1), Alignment = AlignRight ? Justify.Right : Justify.Left,
            });
        }
        foreach (var (cells, color) in _rows)
            table.AddRow([.. cells.Select((cell, c) => Painted(cell, c == 0 ? color : null))]);
        return table;
    }

    private Table Stacked(int[] widths, int room)
    {
        var inside = room - 2 - 2;
        var (names, rest) = (Enumerable.Range(0, widths.Length).Where(Wraps).ToArray(), Enumerable.Range(0, widths.Length).Where(c => !Wraps(c)).ToArray());
        var oneLine = names.Sum(c => widths[c]) + Gap * (names.Length - 1) <= inside;
        var indent = rest[..^1].Sum(c => widths[c] + Gap);
        string Entry(string[] cells, string? color)
        {
            var above = oneLine ? Line(names, cells, null) : string.Join('\n', names.Select(c => Markup.Escape(cells[c])));
            // The last cell wraps below itself.
            var last = Words(cells[rest[^1]], inside - indent);
            return $"{above}\n{Line(rest[..^1], cells, color)}{(rest.Length > 1 ? new string(' ', Gap) : "")}{string.Join($"\n{new string(' ', indent)}", last.Select(Markup.Escape))}";
        }
        string Line(int[] which, string[] cells, string? color) => string.Join(new string(' ', Gap), which.Select(c =>
            Painted(cells[c], c == 0 ? color : null) + new string(' ', widths[c] - Width(cells[c]))));

        var table = new Table { Border = TableBorder.Simple };
        var entries = _rows.Select(r => Entry(r.Cells, r.Color)).ToArray();
        var header = Entry(columns, null);
        var widestLine = entries.Append(header).SelectMany(e => Markup.Remove(e).Split('\n')).Max(l => Width(l.TrimEnd()));
        table.AddColumn(new TableColumn(header) { Width = Math.Min(inside, widestLine) });
        for (var e = 0; e < entries.Length; e++)
        {
            if (e > 0) table.AddEmptyRow();
            table.AddRow(entries[e]);
        }
        return table;
    }

    private static List<string> Words(string text, int width)
    {
        var lines = new List<string> { "" };
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length == 0) lines[^1] = word;
            else if (Width(lines[^1]) + 1 + Width(word) <= width) lines[^1] += $" {word}";
            else lines.Add(word);
        }
        return lines;
    }

    private static string Painted(string cell, string? color) => color is null ? Markup.Escape(cell) : $"[{color}]{Markup.Escape(cell)}[/]";

    private static int Width(string text) => text.GetCellWidth();
}
