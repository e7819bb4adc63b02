using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Cli.Commands;

/// <summary>Arguments and options that several commands take; made anew for each, since a symbol belongs to one command.</summary>
internal static class SharedOptions
{
    public static Argument<string> Model() => new("MODEL") { Description = "An ONNX file; it is never changed" };

    public static Argument<string> Run() => new("RUN") { Description = "A run's directory" };

    /// <summary>A run that is not needed where an option only prints something.</summary>
    public static Argument<string?> OptionalRun() => new("RUN") { Description = "A run's directory", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>What was given for <see cref="OptionalRun"/>.</summary>
    /// <exception cref="AnalyzerException">Nothing.</exception>
    public static string Needed(ParseResult parsed, Argument<string?> run) =>
        parsed.GetValue(run) ?? throw new AnalyzerException("required argument missing for command: `RUN`", $"see `{Cli.CommandLine.Path(parsed)} --help`");

    public static Option<string> Data() => new("--data") { Description = "A dataset directory, file or dataset.yaml", Required = true };

    public static Option<string> Out() => new("--out") { Description = "The run's directory, new or empty", Required = true };

    /// <summary>Selectors of what to tap.</summary>
    /// <param name="otherwise">What is tapped without, as it ends the description.</param>
    public static Option<string[]> Taps(string otherwise) => new("--tap")
    {
        Description = $"A selector: op:Relu, name:/layer4/*, re:…, type:conv, pre:/post: a nonlinearity, all, @file or a tensor's name; joined with & | !. May be given several times{otherwise}",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>An option whose values are the names of an enum, in lower case.</summary>
    public static Option<string[]> Choices<T>(string name, string description, params T[] usual) where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];
        var option = new Option<string[]>(name)
        {
            Description = description, HelpName = string.Join('|', names),
            DefaultValueFactory = _ => [.. usual.Select(u => u.ToString().ToLowerInvariant())],
        };
        option.AcceptOnlyFromAmong(names);
        return option;
    }

    /// <summary>The chosen values.</summary>
    public static T[] Chosen<T>(ParseResult parsed, Option<string[]> option) where T : struct, Enum =>
        [.. parsed.GetValue(option)!.Select(n => Enum.Parse<T>(n, ignoreCase: true)).Distinct()];

    /// <summary>The value chosen last.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">Made by <see cref="Choices"/>.</param>
    /// <param name="usual">Any value of the enum: which one it is.</param>
    public static T Last<T>(ParseResult parsed, Option<string[]> option, T usual) where T : struct, Enum =>
        Chosen<T>(parsed, option) is [.., var last] ? last : usual;

    /// <summary>What is kept of a tapped tensor.</summary>
    public static Option<string[]> Reduce()
    {
        var reduce = Choices("--reduce", "What to keep of a tensor: mean, max or std over positions, none for every value, sign for packed bits of value > 0. May be given several times; with mean the last layer's input is stored too, wherever it is", Reducer.Mean);
        reduce.AllowMultipleArgumentsPerToken = true;
        return reduce;
    }

    public static Option<int> Maps(int usual) => new("--maps")
    {
        Description = "Samples of which whole maps of convolutions are kept too, as many of each class; 0 for none", DefaultValueFactory = _ => usual,
    };

    public static Option<string[]> Bind() => new("--bind")
    {
        Description = "Sizes for axes that the model leaves open, such as height=224,width=224; one without a name goes by its input and place, such as data.2=224",
        HelpName = "NAME=SIZE", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>What `--bind` says: size by name.</summary>
    /// <exception cref="AnalyzerException">No name and size, or a name twice.</exception>
    public static IReadOnlyDictionary<string, long> Sizes(string[]? bound)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var pair in (bound ?? []).SelectMany(text => text.Split(',')))
        {
            var at = pair.LastIndexOf('=');
            if (at < 1 || !long.TryParse(pair[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size < 1)
                throw new AnalyzerException($"`--bind {pair}` is no name and size", "write NAME=SIZE with a size of at least 1, several with commas between");
            if (!sizes.TryAdd(pair[..at], size)) throw new AnalyzerException($"`--bind` gives `{pair[..at]}` twice", "give one size");
        }
        return sizes;
    }

    public static Option<bool> Json() => new("--json") { Description = "Print JSON to standard output" };

    /// <summary>Options built from what was typed; a value that they refuse becomes an error under the name it was typed under.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="build">Makes the options; each is named as its property is.</param>
    public static T Checked<T>(ParseResult parsed, Func<T> build)
    {
        try
        {
            return build();
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName is { Length: > 0 } name)
        {
            // What follows is .NET's own: the parameter's name and value once more.
            var message = e.Message.Split(" (Parameter", 2)[0].Replace($"`{name}`", $"`--{JsonNamingPolicy.KebabCaseLower.ConvertName(name)}`", StringComparison.Ordinal);
            throw new AnalyzerException(message, $"see `{Cli.CommandLine.Path(parsed)} --help`", Failure.Usage, e);
        }
    }

    /// <summary>A command as one could type it again.</summary>
    public static string CommandText(IEnumerable<string> words) => "analyzer " + string.Join(' ', words
        .Select(t => t.Length > 0 && t.All(c => char.IsLetterOrDigit(c) || "-_./:=,@+".Contains(c, StringComparison.Ordinal)) ? t : $"'{t.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    /// <summary>An option of bytes with a binary unit, such as <c>512MiB</c> or <c>2GiB</c>; its default stands in the description as people write it.</summary>
    public static Option<long?> Bytes(string name, string description) => new(name) { Description = description, HelpName = "BYTES", CustomParser = ParseBytes };

    /// <summary>Bytes in binary units, as options take them.</summary>
    public static string Size(long bytes)
    {
        ReadOnlySpan<string> units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < units.Length - 1; unit++) value /= 1024;
        return $"{value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture)} {units[unit]}";
    }

    private static long? ParseBytes(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        ReadOnlySpan<string> units = ["KiB", "MiB", "GiB", "TiB"];
        for (var u = 0; u < units.Length; u++)
        {
            if (text.EndsWith(units[u], StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^3], NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1e6)
                return (long)(number * Math.Pow(1024, u + 1));
        }
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            return bytes;
        argument.AddError($"`{((OptionResult)argument.Parent!).Option.Name} {text}` is no size: write bytes, or a number with KiB, MiB, GiB or TiB");
        return 0;
    }
}

/// <summary>The options of every command that runs a model.</summary>
internal sealed class ExtractionOptions
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Option<string> _data = SharedOptions.Data();
    private readonly Option<string> _out = SharedOptions.Out();
    private readonly Option<string[]> _bind = SharedOptions.Bind();
    private readonly Option<string[]> _pool = SharedOptions.Choices("--pool", "What becomes of the tokens of [batch, tokens, units]: mean lets the reducers go over them, cls and last take one token, none keeps each apart", TokenPool.Mean);
    private readonly Option<string?> _mask = new("--mask") { Description = "The model's input that says which tokens count (default: the one named attention_mask or input_mask)", HelpName = "INPUT" };
    private readonly Option<string[]> _device = SharedOptions.Choices("--device", "What runs the model", Device.Auto);
    private readonly Option<int?> _batch = new("--batch") { Description = "Samples a model run takes (default: up to 256, as many as fit into memory and, on a CPU, its cache; or the model's fixed batch)" };
    private readonly Option<int?> _limit = new("--limit") { Description = "At most this many samples of each split" };
    private readonly Option<long?> _memory = SharedOptions.Bytes("--memory", "What the process may take: batch and passes over the data are chosen by it (default: 2GiB)");
    private readonly Option<long?> _part = SharedOptions.Bytes("--part", "What a part of the run may take before Parquet: what a killed run loses at most (default: 128MiB)");
    private readonly Option<int> _threads = new("--threads") { Description = "Threads inside one operator (default: one per processor)", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly Option<string[]> _optimization = SharedOptions.Choices("--optimization", "ONNX Runtime's graph optimisation", Optimization.All);
    private readonly Option<long> _seed = new("--seed") { Description = "Where random choices start from", DefaultValueFactory = _ => 0 };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with an interrupted run" };
    private readonly Option<double> _maxUnreadable = new("--max-unreadable") { Description = "Share of samples that may be unreadable, 0 to 1; more of them end the run", DefaultValueFactory = _ => .01 };
    private readonly Option<bool> _noNulls = new("--no-nulls") { Description = "Leave out the controls: re-drawn weights and random inputs" };

    private ExtractionOptions(Command command, Func<ExtractionOptions, Option[]> options)
    {
        command.Add(_model);
        foreach (var option in options(this)) command.Add(option);
    }

    /// <summary>All of them.</summary>
    public ExtractionOptions(Command command)
        : this(command, o => [o._data, o._out, o._bind, o._pool, o._mask, o._device, o._batch, o._limit, o._maxUnreadable, o._memory, o._part, o._threads, o._optimization, o._seed, o._resume, o._noNulls]) { }

    /// <summary>Those that matter where nothing is written.</summary>
    public static ExtractionOptions OfPlan(Command command) =>
        new(command, o => [o._data, o._bind, o._pool, o._mask, o._device, o._batch, o._limit, o._maxUnreadable, o._memory, o._part, o._threads, o._optimization, o._noNulls]);

    public ExtractOptions Read(ParseResult parsed) => new()
    {
        Model = parsed.GetValue(_model)!,
        Data = parsed.GetValue(_data)!,
        Out = parsed.GetValue(_out) ?? "",
        Pool = SharedOptions.Last(parsed, _pool, TokenPool.Mean),
        Mask = parsed.GetValue(_mask),
        Bind = SharedOptions.Sizes(parsed.GetValue(_bind)),
        Batch = parsed.GetValue(_batch),
        Limit = parsed.GetValue(_limit),
        MaxUnreadable = parsed.GetValue(_maxUnreadable),
        Memory = parsed.GetValue(_memory) ?? ExtractOptions.UsualMemory,
        Part = parsed.GetValue(_part) ?? ExtractOptions.UsualPart,
        Seed = parsed.GetValue(_seed),
        Resume = parsed.GetValue(_resume),
        Nulls = !parsed.GetValue(_noNulls),
        Execution = new()
        {
            Device = SharedOptions.Chosen<Device>(parsed, _device)[^1], Optimization = SharedOptions.Chosen<Optimization>(parsed, _optimization)[^1],
            Threads = parsed.GetValue(_threads) is >= 1 and <= ExecutionOptions.MostThreads and var threads ? threads
                : throw new AnalyzerException($"`--threads` is {parsed.GetValue(_threads)}", $"give 1 to {ExecutionOptions.MostThreads}"),
        },
        // `--resume` is no part of what a run is.
        CommandLine = SharedOptions.CommandText(parsed.Tokens.Select(t => t.Value).Where(t => t != "--resume")),
    };
}
