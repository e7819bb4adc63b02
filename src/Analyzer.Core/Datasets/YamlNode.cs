using Analyzer.Models;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Analyzer.Datasets;

/// <summary>One value of a YAML file with its place: a scalar, a list or a mapping; the other two are null.</summary>
/// <param name="File">The file, for messages.</param>
/// <param name="Line">Line in the file, from 1.</param>
internal sealed record YamlNode(string File, long Line)
{
    private const int MostBytes = 1 << 20;
    private const int MostDepth = 8;

    public string? Scalar { get; private init; }

    public IReadOnlyList<YamlNode>? Items { get; private init; }

    /// <summary>Keys in the order of the file, each once, with their lines.</summary>
    public IReadOnlyList<(string Key, long Line, YamlNode Value)>? Entries { get; private init; }

    /// <summary>Reads a file that holds one mapping.</summary>
    /// <remarks>Anchors, aliases and tags are refused: they can make a small file describe a huge one, and no dataset needs them.</remarks>
    /// <exception cref="AnalyzerException">No YAML, too large, too deep, or with a key twice.</exception>
    public static YamlNode Read(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        if (stream.Length > MostBytes)
            throw BadData.Because($"`{file}` is {stream.Length} bytes long; the limit for a description is {MostBytes}",
                                  "is it a `dataset.yaml`?");
        using var text = new StreamReader(stream);
        return Parse(file, text.ReadToEnd(), Failure.BadInput);
    }

    /// <summary>Reads a text that holds one mapping.</summary>
    /// <param name="file">As messages call it.</param>
    /// <param name="text">The YAML.</param>
    /// <param name="kind">What an error in it is.</param>
    /// <inheritdoc cref="Read"/>
    public static YamlNode Parse(string file, string text, Failure kind)
    {
        var empty = new YamlNode(file, 1) { Kind = kind };
        if (text.Length > MostBytes) throw empty.Wrong($"the text has {text.Length} characters; the limit is {MostBytes}", "write it shorter");
        var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) throw new AnalyzerException($"`{file}` is empty", $"it needs at least {(kind == Failure.BadInput ? "`splits`" : "`gates`")}", kind);
            var root = Value(empty, parser, depth: 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _)) throw new AnalyzerException($"`{file}` holds more than one document", "remove what follows the line `---`", kind);
            return root;
        }
        catch (YamlException e)
        {
            throw NoYaml(empty with { Line = e.Start.Line }, e);
        }
        catch (InvalidOperationException e)
        {
            // The scanner's word for some malformed flow lists.
            throw NoYaml(empty with { Line = parser.Current?.End.Line ?? 1 }, e);
        }
    }

    /// <summary>The error for this value.</summary>
    public AnalyzerException Wrong(string message, string hint) => new($"`{File}` line {Line}: {message}", hint, Kind);

    /// <summary>What an error in it is: bad input where it describes data, wrong usage where it is a configuration.</summary>
    public Failure Kind { get; private init; } = Failure.BadInput;

    /// <summary>The entries of a mapping whose keys must be among <paramref name="known"/>.</summary>
    /// <exception cref="AnalyzerException">No mapping, or an unknown key; the message names the nearest known one.</exception>
    public IReadOnlyDictionary<string, YamlNode> Mapping(string what, params string[] known)
    {
        foreach (var (key, line, _) in EntriesOf(what))
            if (!known.Contains(key, StringComparer.Ordinal))
                throw (this with { Line = line }).Wrong($"{what} has no key `{key}`; the nearest is `{NearestNames.Of(key, known)}`", $"its keys are {string.Join(", ", known.Select(k => $"`{k}`"))}");
        return EntriesOf(what).ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
    }

    /// <summary>The entries of a mapping with keys of the user's choice; at least one.</summary>
    /// <exception cref="AnalyzerException">No mapping, or an empty one.</exception>
    public IReadOnlyList<(string Key, long Line, YamlNode Value)> EntriesOf(string what) => Entries is { Count: > 0 }
        ? Entries
        : throw Wrong($"{what} is no mapping of keys to values", "write `key: value` lines, indented below it");

    /// <summary>The text of a scalar that is not empty.</summary>
    /// <exception cref="AnalyzerException">A mapping, a list, or nothing.</exception>
    public string Text(string what) => Scalar is { Length: > 0 }
        ? Scalar
        : throw Wrong($"{what} has no value", $"write `{what.Trim('`')}: value`");

    private static AnalyzerException NoYaml(YamlNode at, Exception e) =>
        new($"`{at.File}` line {at.Line}: {e.Message}", "is it indented with spaces, and every `:` followed by one?", at.Kind, e);

    // `empty` brings what every node of the file has.
    private static YamlNode Value(YamlNode empty, Parser parser, int depth)
    {
        if (!parser.Accept<NodeEvent>(out var start) || !start.Anchor.IsEmpty || !start.Tag.IsEmpty)
            throw (empty with { Line = parser.Current!.Start.Line }).Wrong("anchors, aliases and tags are not read", "write the value out");
        var node = empty with { Line = start.Start.Line };
        if (depth > MostDepth) throw node.Wrong($"values are nested deeper than {MostDepth}", "write it flatter");
        parser.MoveNext();
        return start switch
        {
            YamlDotNet.Core.Events.Scalar scalar => node with { Scalar = scalar.Value },
            SequenceStart => node with { Items = ReadItems(empty, parser, depth) },
            _ => node with { Entries = ReadEntries(empty, parser, depth) },
        };
    }

    private static List<YamlNode> ReadItems(YamlNode empty, Parser parser, int depth)
    {
        var items = new List<YamlNode>();
        while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Value(empty, parser, depth + 1));
        return items;
    }

    private static List<(string Key, long Line, YamlNode Value)> ReadEntries(YamlNode empty, Parser parser, int depth)
    {
        var entries = new List<(string Key, long Line, YamlNode Value)>();
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var key = Value(empty, parser, depth + 1);
            if (key.Scalar is null) throw key.Wrong("a key is no word", "write `key: value`");
            if (!lines.TryAdd(key.Scalar, key.Line))
                throw key.Wrong($"the key `{key.Scalar}` is already on line {lines[key.Scalar]}", "remove one of the two");
            entries.Add((key.Scalar, key.Line, Value(empty, parser, depth + 1)));
        }
        return entries;
    }
}
