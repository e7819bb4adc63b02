using Analyzer.Inference;
using Analyzer.Models;
using Microsoft.ML.OnnxRuntime;

namespace Analyzer.Tests.Models;

public class ThirdPartyModelTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("zoo-mnist-cnn.onnx")]
    [InlineData("akamaster-resnet20-cifar10.onnx")]
    [InlineData("akamaster-resnet56-cifar10.onnx")]
    [InlineData("mlperf-tiny-resnet8.onnx")]
    [InlineData("winml-cifar-cnn.onnx")]
    [InlineData("winml-squeezenet-fp16.onnx")]
    [InlineData("magika-v3.3.onnx")]
    public void Dump(string file)
    {
        var model = OnnxModel.Open(ThirdPartyModels.Find(file));
        var types = TensorTypes.Infer(model);
        output.WriteLine($"ir {model.IrVersion} opset {string.Join(' ', model.Opsets)} producer {model.Producer} params {model.Parameters} in {string.Join(' ', model.Inputs)} out {string.Join(' ', model.Outputs)} refusal {types.Refusal}");
        model = model.WithTypes(types.Types);
        foreach (var t in model.Tensors) output.WriteLine($"{t.Node.Op} {t.Name} {t.Type.Element} {t.Type.Shape} axis {t.UnitAxis} {(t.DependsOnInput ? "" : "const")}");
    }
}
