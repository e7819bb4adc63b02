using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Models.Onnx;

namespace Analyzer.Tests.Models;

internal static class TypedModels
{
    /// <summary>Opens a model whose tensors have the types that inference finds.</summary>
    public static OnnxModel Typed(this TemporaryFolder folder, ModelProto proto)
    {
        var model = folder.Open(proto, $"{Guid.NewGuid():N}.onnx");
        var types = TensorTypes.Infer(model);
        Assert.Null(types.Refusal);
        return model.WithTypes(types.Types);
    }
}
