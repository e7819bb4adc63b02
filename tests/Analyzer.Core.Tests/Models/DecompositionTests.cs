using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

/// <summary>Operations as exporters decompose them, each checked against what ONNX Runtime computes for the operation itself.</summary>
public sealed class DecompositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static readonly (string Name, float Value)[] Constants =
    [
        ("half", 0.5f), ("one", 1), ("two", 2), ("three", 3), ("cube", 3), ("zero", 0), ("six", 6), ("sixth", 1 / 6f),
            ("root2", 1.41421354f),
        ("invroot2", 0.707106769f), ("k", 0.044715f), ("root2pi", 0.797884583f), ("slope", 1.702f), ("eps", 1e-5f),
    ];

    public static TheoryData<string, string, string[]> Patterns => new()
    {
        { "Gelu", "y", ["Div h root2 a", "Erf a b", "Add b one c", "Mul h c d", "Mul d half y"] },
        { "Gelu", "y", ["Mul h half s", "Div h root2 a", "Erf a b", "Add b one c", "Mul s c y"] },
        { "Gelu", "y", ["Mul h invroot2 a", "Erf a b", "Add one b c", "Mul half c d", "Mul h d y"] },
        { "Gelu", "y", ["Pow h cube p", "Mul p k q", "Add h q r", "Mul r root2pi s", "Tanh s t", "Add t one u",
            "Mul h half v", "Mul v u y"] },
        { "Gelu", "y", ["Mul h h p0", "Mul p0 h p", "Mul k p q", "Add h q r", "Mul root2pi r s", "Tanh s t", "Add one t u",
            "Mul half u v", "Mul h v y"] },
        { "Gelu", "y", ["Mul h slope a", "Sigmoid a b", "Mul h b y"] },
        { "Silu", "y", ["Sigmoid h a", "Mul h a y"] },
        { "Silu", "y", ["Sigmoid h a", "Mul a h y"] },
        { "HardSwish", "y", ["HardSigmoid h a", "Mul h a y"] },
        { "HardSwish", "y", ["Add h three a", "Clip a zero,six b", "Div b six c", "Mul h c y"] },
        { "HardSwish", "y", ["Add h three a", "Clip a zero,six b", "Mul h b c", "Div c six y"] },
        { "HardSwish", "y", ["Add three h a", "Clip a zero,six b", "Mul b sixth c", "Mul c h y"] },
        { "Mish", "y", ["Softplus h a", "Tanh a b", "Mul h b y"] },
        { "LayerNorm", "y",
            ["ReduceMean h m", "Sub h m d", "Pow d two p", "ReduceMean p v", "Add v eps e", "Sqrt e s",
                "Div d s n", "Mul n gain g", "Add g bias y"] },
        { "LayerNorm", "y",
            ["ReduceMean h m", "Sub h m d", "Sub h m d2", "Mul d2 d2 p", "ReduceMean p v", "Add v eps e", "Sqrt e s",
                "Reciprocal s r", "Mul d r y"] },
        { "LayerNorm", "y",
            ["ReduceMean h m", "Mul h h hh", "ReduceMean hh mm", "Mul m m m2", "Sub mm m2 v", "Add v eps e", "Sqrt e s",
                "Reciprocal s r", "Mul r gain rg", "Sub h m d", "Mul d rg n", "Add n bias y"] },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Post_takes_the_final_tensor_and_pre_the_argument(string op, string final, string[] nodes)
    {
        var model = Build(nodes);

        Assert.Equal([final], Selector.Select(model, $"op:{op}").Select(tensor => tensor.Name));
        Assert.Equal([final], Selector.Select(model, $"post:{op.ToLowerInvariant()}").Select(tensor => tensor.Name));
        Assert.Equal(["h"], Selector.Select(model, $"pre:{op}").Select(tensor => tensor.Name));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void The_pattern_is_one_hidden_activation_and_its_parts_are_none(string op, string final, string[] nodes)
    {
        var hidden = HiddenActivations.Of(Build(nodes));

        if (op == "LayerNorm") Assert.Empty(hidden);
        else Assert.Equal((op, final, CodeTheory.Declared), (Assert.Single(hidden).Nonlinearity, hidden[0].Tensor.Name, hidden[0].Theory));
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void The_patterns_compute_what_they_are_named_for(string op, string final, string[] nodes)
    {
        var model = Build(nodes);
        var patch = new ModelPatch(model);
        patch.AddTap(model.Tensor("h"), Reducer.None, TensorShape.Of(-1, 3, 6));
        patch.AddTap(model.Tensor(final), Reducer.None, TensorShape.Of(-1, 3, 6));
        var found = Engine.Run(patch.Apply(), ("x", Values.Of([.. Tiny.Numbers(36).Select(value => value * 5)], 2, 3, 6)));

        var (input, output) = (found["h"].Floats, found[final].Floats);
        for (var i = 0; i < input.Length; i++) Assert.Equal(Reference(op, input, i), output[i], op == "Gelu" ? 0.021 : 1e-4);
    }

    [Theory]
    [InlineData("Sigmoid h a", "Mul other a y")]
    [InlineData("Erf h a", "Add a two b", "Mul h b c", "Mul c half y")]
    [InlineData("Add h two a", "Clip a zero,six b", "Div b six c", "Mul h c y")]
    [InlineData("ReduceMean h m", "Sub h m y")]
    [InlineData("Tanh h a", "Add a one b", "Mul other b c", "Mul c half y")]
    public void What_only_looks_alike_is_not_taken(params string[] nodes)
    {
        var model = Build(nodes);

        foreach (var op in new[] { "Gelu", "Silu", "HardSwish", "Mish", "LayerNorm" })
            Assert.Throws<AnalyzerException>(() => Selector.Select(model, $"op:{op}"));
    }

    [Fact]
    public void Instance_normalisation_written_out_is_no_layer_normalisation()
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 2, 8, 8)], ["z"],
            Tiny.Node("Conv", "x w", "h"), Mean("h", "m"), Tiny.Node("Sub", "h m", "d"), Tiny.Node("Mul", "d d", "p"), Mean("p", "v"),
            Tiny.Constant("eps", 1e-5f), Tiny.Node("Add", "v eps", "e"), Tiny.Node("Sqrt", "e", "s"), Tiny.Node("Div", "d s", "y"),
                Tiny.Node("Neg", "y", "z"));
        proto.Graph.Initializer.Add(Tiny.Weight("w", 3, 2, 3, 3));
        var model = _folder.Open(proto);
        model = model.WithTypes(TensorTypes.Infer(model).Types);

        Assert.Throws<AnalyzerException>(() => Selector.Select(model, "op:LayerNorm"));

        static NodeProto Mean(string from, string to) => Tiny.Node("ReduceMean", from, to, Tiny.Ints("axes", 2, 3));
    }

    private static double Reference(string op, float[] h, int i)
    {
        double x = h[i];
        var row = h.AsSpan(i / 6 * 6, 6).ToArray().Select(value => (double)value).ToArray();
        var (mean, variance) = (row.Average(), row.Average(value => value * value) - (row.Average() * row.Average()));
        return op switch
        {
            "Silu" => x / (1 + Math.Exp(-x)),
            // The three forms of GELU differ by up to 0.02; erf to 1.5e-7 by Abramowitz and Stegun, 7.1.26.
            "Gelu" => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
            "HardSwish" => x * Math.Clamp(x + 3, 0, 6) / 6,
            "Mish" => x * Math.Tanh(Math.Log(1 + Math.Exp(x))),
            _ => (x - mean) / Math.Sqrt(variance + 1e-5),
        };
    }

    private static double Erf(double x)
    {
        var t = 1 / (1 + (0.3275911 * Math.Abs(x)));
        var series = ((((((((1.061405429 * t) - 1.453152027) * t) + 1.421413741) * t) - 0.284496736) * t) + 0.254829592) * t;
        return Math.Sign(x) * (1 - (series * Math.Exp(-x * x)));
    }

    /// <summary>A token model whose `h` the nodes take; a node is `Op input input output`, inputs after the first may be joined by
    /// commas.</summary>
    private OnnxModel Build(string[] nodes)
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 3, 6)], ["z"], Tiny.Node("Identity", "x", "h"),
            Tiny.Node("Neg", "x", "other"));
        foreach (var (name, value) in Constants) proto.Graph.Node.Add(Tiny.Constant(name, value));
        foreach (var text in nodes)
        {
            var words = text.Replace(',', ' ').Split(' ');
            AttributeProto[] attributes = words[0] switch
            {
                "ReduceMean" => [Tiny.Ints("axes", -1)],
                "HardSigmoid" => [Tiny.Float("alpha", 1 / 6f), Tiny.Float("beta", 0.5f)],
                _ => [],
            };
            proto.Graph.Node.Add(Tiny.Node(words[0], string.Join(' ', words[1..^1]), words[^1], attributes));
        }

        proto.Graph.Node.Add(Tiny.Node("MatMul", "y w", "z"));
        proto.Graph.Initializer.Add(Tiny.Weight("w", 6, 2));
        proto.Graph.Initializer.Add(Tiny.Weight("gain", [6], [1, 1, 1, 1, 1, 1]));
        proto.Graph.Initializer.Add(Tiny.Weight("bias", [6], new float[6]));
        var model = _folder.Open(proto);
        var types = TensorTypes.Infer(model);
        Assert.Null(types.Refusal);
        return model.WithTypes(types.Types);
    }
}
