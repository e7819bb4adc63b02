using Analyzer.Models;
using Microsoft.ML.OnnxRuntime;

namespace Analyzer.Inference;

/// <summary>What is known of every tensor's type.</summary>
/// <param name="Types">Element type and shape of each tensor of the main graph that is known, by name.</param>
/// <param name="Refusal">Why ONNX Runtime inferred nothing, in its words, so that <paramref name="Types"/> is only what the file declares;
/// null where it did.</param>
public sealed record InferredTypes(IReadOnlyDictionary<string, TensorType> Types, string? Refusal);

/// <summary>Shape inference by ONNX Runtime, the one engine whose opinion counts when the model runs.</summary>
public static class TensorTypes
{
    /// <summary>
    /// Infers element type and shape of every tensor of the main graph, sizes that the input decides kept as symbols. Weights are
    /// not read, and what the file declares of inner tensors and outputs is not believed, unless ONNX Runtime cannot load the model.
    /// </summary>
    public static InferredTypes Infer(OnnxModel model)
    {
        using var options = Quiet(GraphOptimizationLevel.ORT_DISABLE_ALL);
        try
        {
            using var session = new InferenceSession(model.StructureOnly(), options);
            return new InferredTypes(TypesOf(model, session), null);
        }
        catch (OnnxRuntimeException e)
        {
            return new InferredTypes(Declared(model), e.Message);
        }
    }

    /// <summary>
    /// The same after ONNX Runtime has folded what is constant at the sizes that the model's inputs have: exporters compute the sizes of
    /// pads and reshapes in the graph, and plain inference does not see through them. It takes a session more than <see cref="Infer"/>.
    /// </summary>
    public static InferredTypes InferFolded(OnnxModel model)
    {
        var folded = Path.Combine(Path.GetTempPath(), $"analyzer-folded-{Guid.NewGuid():N}.onnx");
        try
        {
            using (var fold = Quiet(GraphOptimizationLevel.ORT_ENABLE_BASIC))
            {
                fold.OptimizedModelFilePath = folded;
                using (new InferenceSession(model.StructureOnly(), fold)) { }
            }
            using var options = Quiet(GraphOptimizationLevel.ORT_DISABLE_ALL);
            using var session = new InferenceSession(folded, options);
            return new InferredTypes(TypesOf(model, session), null);
        }
        catch (OnnxRuntimeException)
        {
            // Plain inference says what is wrong, where something is wrong with the model and not with folding it.
            return Infer(model);
        }
        finally
        {
            File.Delete(folded);
        }
    }

    private static Dictionary<string, TensorType> TypesOf(OnnxModel model, InferenceSession session)
    {
        var types = model.Inputs.ToDictionary(input => input.Name, input => input.Type);
        foreach (var (name, metadata) in session.OutputMetadata) types[name] = TypeOf(metadata);
        return types;
    }

    private static SessionOptions Quiet(GraphOptimizationLevel level) => new()
    {
        GraphOptimizationLevel = level, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1,
    };

    private static Dictionary<string, TensorType> Declared(OnnxModel model)
    {
        var types = model.Inputs.ToDictionary(input => input.Name, input => input.Type);
        foreach (var tensor in model.Tensors) types[tensor.Name] = tensor.Type;
        return types;
    }

    private static TensorType TypeOf(NodeMetadata metadata)
    {
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR) return TensorType.Unknown;
        var element = (ElementType)(int)metadata.ElementDataType;
        // ONNX Runtime's managed API says the same of a scalar and of a tensor of unknown rank; unknown promises less.
        if (metadata.Dimensions is not { Length: > 0 } sizes) return new TensorType(element, null);
        var symbols = metadata.SymbolicDimensions;
        return new TensorType(element, new TensorShape(sizes.Select((size, axis) =>
            size >= 0 ? new Dimension(size) : new Dimension(null, symbols[axis] is { Length: > 0 } symbol ? symbol : null))));
    }
}
