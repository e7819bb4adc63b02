namespace Analyzer.Models;
#pragma warning disable
internal sealed record HiddenActivation(ModelTensor Tensor, double Threshold, string? Note);
internal static class HiddenActivations { public static IReadOnlyList<HiddenActivation> Of(OnnxModel m) => [.. m.Tensors.Where(t => t.Node.Op == "Relu" && !t.IsOutput).Select(t => new HiddenActivation(t, 0, null))]; }
public static class Selector { public static IReadOnlyList<ModelTensor> Select(OnnxModel m, IReadOnlyList<string> s) => [.. m.Tensors.Where(t => t.Node.Op == "Relu")]; }
