namespace Analyzer.Models;

/// <summary>A selector's syntax tree.</summary>
internal abstract record SelectorTerm
{
    /// <summary>Tensors that any of the terms takes.</summary>
    public sealed record Or(SelectorTerm Left, SelectorTerm Right) : SelectorTerm;

    /// <summary>Tensors that both terms take.</summary>
    public sealed record And(SelectorTerm Left, SelectorTerm Right) : SelectorTerm;

    /// <summary>Tensors that the term does not take.</summary>
    public sealed record Not(SelectorTerm Term) : SelectorTerm;

    /// <summary>A kind (`op`, `name`, …; empty for a name alone) and its value.</summary>
    public sealed record Atom(string Kind, string Value) : SelectorTerm
    {
        /// <summary>As it is written.</summary>
        public override string ToString() => Kind.Length == 0 ? Value : $"{Kind}:{Value}";
    }
}

/// <summary>Parses one selector by recursive descent: `|` binds least, then `&amp;`, then `!`.</summary>
internal sealed class SelectorText(string text)
{
    private const int MaxDepth = 200;

    private static readonly string[] Kinds = ["op", "name", "re", "type", "pre", "post"];

    private int _at;
    private int _depth;

    public SelectorTerm Parse()
    {
        var term = Alternatives();
        if (_at < text.Length)
            throw Wrong(text[_at] == ')' ? "closes a parenthesis that is not open" : "needs `&` or `|` between two terms");
        return term;
    }

    private SelectorTerm Alternatives()
    {
        var term = Conjunction();
        while (Take('|')) term = new SelectorTerm.Or(term, Conjunction());
        return term;
    }

    private SelectorTerm Conjunction()
    {
        var term = Negation();
        while (Take('&')) term = new SelectorTerm.And(term, Negation());
        return term;
    }

    private SelectorTerm Negation()
    {
        if (++_depth > MaxDepth) throw Wrong($"is nested more than {MaxDepth} deep");
        SelectorTerm term;
        if (Take('!'))
        {
            term = new SelectorTerm.Not(Negation());
        }
        else if (Take('('))
        {
            term = Alternatives();
            if (!Take(')')) throw Wrong("leaves a parenthesis open");
        }
        else
        {
            term = Atom();
        }

        _depth--;
        return term;
    }

    private SelectorTerm.Atom Atom()
    {
        SkipSpace();
        if (_at == text.Length) throw Wrong("ends where a term should follow");
        if (text[_at] == '"') return new SelectorTerm.Atom("", Quoted());
        var start = _at;
        var word = Word();
        if (word.Length == 0) throw Wrong($"has `{text[_at]}` where a term should follow");
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? null : Array.Find(Kinds, known => known.Equals(word[..colon], StringComparison.OrdinalIgnoreCase));
        if (kind is null)
        {
            SkipSpace();
            return new SelectorTerm.Atom("", word);
        }

        _at = start + colon + 1;
        var value = _at < text.Length && text[_at] == '"' ? Quoted() : Word();
        if (value.Length == 0) throw Wrong($"has `{kind}:` without a value");
        SkipSpace();
        return new SelectorTerm.Atom(kind, value);
    }

    private string Word()
    {
        var start = _at;
        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not ('&' or '|' or '(' or ')' or '"')) _at++;
        return text[start.._at];
    }

    private string Quoted()
    {
        var end = text.IndexOf('"', _at + 1);
        if (end < 0) throw Wrong("leaves a double quote open");
        var value = text[(_at + 1)..end];
        _at = end + 1;
        SkipSpace();
        return value.Length > 0 ? value : throw Wrong("has empty quotes");
    }

    private bool Take(char sign)
    {
        SkipSpace();
        if (_at == text.Length || text[_at] != sign) return false;
        _at++;
        SkipSpace();
        return true;
    }

    private void SkipSpace()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
    }

    private AnalyzerException Wrong(string what) => new($"selector `{text}` {what} (character {_at + 1})",
        "join terms with `&`, `|`, `!` and parentheses; put names and expressions that hold these in double quotes");
}
