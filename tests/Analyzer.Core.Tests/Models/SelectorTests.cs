using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

public sealed class SelectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OnnxModel _model;

    public SelectorTests()
    {
        // conv1 → bn → relu → conv2 → prelu → pool → reshape → fc → relu → out, with names that hold what the grammar uses.
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Float, "n", 2, 8, 8)], ["out"],
            Tiny.Node("Conv", "x w1", "/layer1/conv"), Tiny.Node("BatchNormalization", "/layer1/conv s s s s", "/layer1/bn"),
            Tiny.Node("Relu", "/layer1/bn", "/layer1/relu"), Tiny.Node("Conv", "/layer1/relu w2", "/layer2/conv:0"),
            Tiny.Node("PRelu", "/layer2/conv:0 slope", "op:Relu"), Tiny.Node("GlobalAveragePool", "op:Relu", "a_b"),
            Tiny.Node("Shape", "a_b", "shape"), Tiny.Constant("constant", 2f), Tiny.Node("Flatten", "a_b", "flat"),
            Tiny.Node("Gemm", "flat w3", "fc"), Tiny.Node("Relu", "fc", "hidden"), Tiny.Node("Add", "hidden fc", "out"));
        proto.Graph.Node[5].Output[0] = "a & b";
        proto.Graph.Node[6].Input[0] = "a & b";
        proto.Graph.Node[8].Input[0] = "a & b";
        proto.Graph.Initializer.Add(new[] { Tiny.Weight("w1", 3, 2, 3, 3), Tiny.Weight("w2", 3, 3, 3, 3), Tiny.Weight("w3", 3, 4),
            Tiny.Weight("s", 3), Tiny.Weight("slope", 1) });
        proto.Graph.ValueInfo.Add(Tiny.Value("shape", ElementType.Int64, 4));
        _model = _folder.Open(proto);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("op:Conv", "/layer1/conv /layer2/conv:0")]
    [InlineData("OP:conv", "/layer1/conv /layer2/conv:0")]
    [InlineData("op:*Relu", "/layer1/relu op:Relu hidden")]
    [InlineData("name:/layer1/*", "/layer1/conv /layer1/bn /layer1/relu")]
    [InlineData("name:/layer?/conv", "/layer1/conv")]
    [InlineData("name:node/flat", "flat")]
    [InlineData("re:^/layer[12]/conv", "/layer1/conv /layer2/conv:0")]
    [InlineData("re:\"^(hidden|fc)$\"", "fc hidden")]
    [InlineData("type:conv", "/layer1/conv /layer2/conv:0")]
    [InlineData("type:dense", "fc")]
    [InlineData("type:norm", "/layer1/bn")]
    [InlineData("type:pool", "a & b")]
    [InlineData("type:activation", "/layer1/relu op:Relu hidden")]
    [InlineData("type:residual", "out")]
    [InlineData("post:relu", "/layer1/relu hidden")]
    [InlineData("pre:Relu", "/layer1/bn fc")]
    [InlineData("post:*", "/layer1/relu op:Relu hidden")]
    [InlineData("pre:*", "/layer1/bn /layer2/conv:0 fc")]
    [InlineData("pre:BatchNorm", "/layer1/conv")]
    [InlineData("op:Relu", "op:Relu")]
    [InlineData("op:Relu | fc", "/layer1/relu fc hidden")]
    [InlineData("op:Relu & name:/layer1/*", "/layer1/relu")]
    [InlineData("type:activation & !op:PRelu", "/layer1/relu hidden")]
    [InlineData("name:/layer1/* & (type:conv | type:norm)", "/layer1/conv /layer1/bn")]
    [InlineData("fc | type:conv & name:/layer1/*", "/layer1/conv fc")]
    [InlineData("!name:/*", "op:Relu a & b flat fc hidden out")]
    [InlineData("!!op:Gemm", "fc")]
    [InlineData("all", "/layer1/conv /layer1/bn /layer1/relu /layer2/conv:0 op:Relu a & b flat fc hidden out")]
    [InlineData("/layer2/conv:0", "/layer2/conv:0")]
    [InlineData("a & b", "a & b")]
    [InlineData("\"a & b\" | fc", "a & b fc")]
    [InlineData("shape", "shape")]
    [InlineData("node/fc", "fc")]
    public void Each_term_of_the_grammar_takes_its_tensors(string selector, string expected) =>
        Assert.Equal(expected, string.Join(' ', Selector.Select(_model, selector).Select(tensor => tensor.Name)));

    [Fact]
    public void Several_selectors_give_each_tensor_once_in_graph_order() =>
        Assert.Equal(["/layer1/conv", "/layer2/conv:0", "fc"],
            Selector.Select(_model, "fc", "type:conv", "op:Conv").Select(tensor => tensor.Name));

    [Fact]
    public void A_file_lists_selectors_and_comments()
    {
        File.WriteAllText(_folder["taps.txt"], "# the ends\n\nfc\r\n  type:conv  \n");

        Assert.Equal(["/layer1/conv", "/layer2/conv:0", "fc"],
            Selector.Select(_model, "@" + _folder["taps.txt"]).Select(tensor => tensor.Name));
    }

    [Theory]
    [InlineData("op:Rely", "selector `op:Rely` matches no tensor of `{0}`; the nearest to `Rely` are `Relu`, `PRelu`, `Gemm`")]
    [InlineData("hiden", "`{0}` has no tensor `hiden`; the nearest of its 12 are `hidden`, `shape`, `a & b`")]
    [InlineData("x", "`x` is an input of `{0}`; taps are for what its nodes make")]
    [InlineData("w1", "`w1` is an initialiser of `{0}`; taps are for what its nodes make")]
    [InlineData("post:tanh", "selector `post:tanh` matches no tensor of `{0}`; the nearest to `tanh` are `Relu`, `PRelu`")]
    [InlineData("op:Conv & op:Gemm",
        "selector `op:Conv & op:Gemm` matches no tensor of `{0}`: each term matches some, but together they match none")]
    [InlineData("type:convolution",
        "`type:convolution` is no group of operations; the groups are `conv`, `dense`, `norm`, `activation`, `pool`, "
        + "`attention`, `attended`, `recurrent`, `embedding`, `residual`")]
    [InlineData("type:attention",
        "selector `type:attention` matches no tensor of `{0}`; the nearest to `attention` are `activation`, `dense`, `conv`")]
    [InlineData("op:Relu &", "selector `op:Relu &` ends where a term should follow (character 10)")]
    [InlineData("(op:Conv", "selector `(op:Conv` leaves a parenthesis open (character 9)")]
    [InlineData("op:Conv)", "selector `op:Conv)` closes a parenthesis that is not open (character 8)")]
    [InlineData("fc hidden", "selector `fc hidden` needs `&` or `|` between two terms (character 4)")]
    [InlineData("| fc", "selector `| fc` has `|` where a term should follow (character 1)")]
    [InlineData("op:", "selector `op:` has `op:` without a value (character 4)")]
    [InlineData("\"fc", "selector `\"fc` leaves a double quote open (character 1)")]
    [InlineData("", "selector `` ends where a term should follow (character 1)")]
    [InlineData("@none.txt", "selector file `none.txt` was not found")]
    public void What_is_wrong_is_said_in_a_sentence(string selector, string message)
    {
        var error = Assert.Throws<AnalyzerException>(() => Selector.Select(_model, selector));

        Assert.Equal(message.Replace("{0}", _model.Path, StringComparison.Ordinal), error.Message);
        Assert.Equal(Failure.Usage, error.Kind);
        Assert.NotEmpty(error.Hint);
    }

    [Fact]
    public void A_regular_expression_that_is_none_says_why() =>
        Assert.StartsWith("`re:[` is no regular expression: ",
            Assert.Throws<AnalyzerException>(() => Selector.Select(_model, "re:[")).Message, StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_is_an_error_and_no_stack_overflow() =>
        Assert.Contains("is nested more than 200 deep",
            Assert.Throws<AnalyzerException>(() => Selector.Select(_model, new string('!', 100_000) + "fc")).Message,
                StringComparison.Ordinal);
}
