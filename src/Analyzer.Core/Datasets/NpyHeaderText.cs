namespace Analyzer.Datasets;

/// <summary>The literal of a npy header: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (60000, 28, 28), }</c>.</summary>
/// <param name="Descr">Byte order and type, <c>&lt;f4</c>.</param>
/// <param name="FortranOrder">True if the first axis varies fastest.</param>
/// <param name="Shape">Every axis ≥ 0; at most 32 axes.</param>
internal sealed record NpyHeaderText(string Descr, bool FortranOrder, long[] Shape)
{
    private const int MostAxes = 32;

    /// <summary>Whether the array holds text, <c>&lt;U8</c> or <c>|S8</c>, or Python objects, as which pandas saves text: <c>|O</c>.</summary>
    public bool IsText => Descr is [_, 'U' or 'S' or 'O', ..] or ['O', ..];

    /// <summary>Reads exactly the three keys, each once, in any order, and nothing else.</summary>
    /// <exception cref="AnalyzerException">Any other text.</exception>
    public static NpyHeaderText Parse(string name, string text)
    {
        var cursor = new Cursor(name, text);
        string? descr = null;
        bool? fortran = null;
        long[]? shape = null;
        cursor.Expect('{');
        while (!cursor.Take('}'))
        {
            var key = cursor.Quoted();
            cursor.Expect(':');
            switch (key)
            {
                case "descr" when descr is null: descr = cursor.Descr(); break;
                case "fortran_order" when fortran is null: fortran = cursor.Boolean(); break;
                case "shape" when shape is null: shape = cursor.Tuple(); break;
                default: throw cursor.Unexpected();
            }
            if (!cursor.Take(','))
            {
                cursor.Expect('}');
                break;
            }
        }
        cursor.ExpectEnd();
        return descr is not null && fortran is { } f && shape is not null
            ? new NpyHeaderText(descr, f, shape)
            : throw BadData.Because($"`{name}` has a npy header without `descr`, `fortran_order` or `shape`",
                                    "write it again with `numpy.save`");
    }

    private ref struct Cursor(string name, string text)
    {
        private int _at;

        public bool Take(char wanted)
        {
            SkipSpace();
            if (_at >= text.Length || text[_at] != wanted) return false;
            _at++;
            return true;
        }

        public void Expect(char wanted)
        {
            if (!Take(wanted)) throw Unexpected();
        }

        public string Quoted()
        {
            SkipSpace();
            var quote = _at < text.Length ? text[_at] : '\0';
            var end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
            if (end < 0) throw Unexpected();
            var value = text[(_at + 1)..end];
            _at = end + 1;
            return value;
        }

        public string Descr() => Take('[')
            ? throw BadData.Because($"`{name}` is a structured array of named fields", "save each field as an array of its own")
            : Quoted();

        public bool Boolean() => Word("True") || (Word("False") ? false : throw Unexpected());

        public long[] Tuple()
        {
            var dims = new List<long>();
            Expect('(');
            while (!Take(')'))
            {
                if (dims.Count == MostAxes) throw Unexpected();
                dims.Add(Number());
                if (Take(',')) continue;
                // `(3)` is a number in Python, not a tuple.
                if (dims.Count == 1) throw Unexpected();
                Expect(')');
                break;
            }
            return [.. dims];
        }

        public void ExpectEnd()
        {
            SkipSpace();
            if (_at < text.Length) throw Unexpected();
        }

        public readonly AnalyzerException Unexpected() =>
            BadData.Because($"`{name}` has a npy header that cannot be read at character {_at}", "write it again with `numpy.save`");

        private long Number()
        {
            SkipSpace();
            var start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
            return long.TryParse(text.AsSpan(start, _at - start), out var value) ? value : throw Unexpected();
        }

        private bool Word(string word)
        {
            SkipSpace();
            if (!text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal)) return false;
            _at += word.Length;
            return true;
        }

        private void SkipSpace()
        {
            while (_at < text.Length && text[_at] is ' ' or '\n' or '\r' or '\t')
                _at++;
        }
    }
}
