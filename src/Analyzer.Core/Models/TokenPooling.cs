namespace Analyzer.Models;

/// <summary>What becomes of the tokens of a tensor [batch, tokens, units] before a reducer sees it.</summary>
public enum TokenPool
{
    /// <summary>They are positions: mean, max and std go over them, over the unmasked ones where there is a mask; sign and none keep all.</summary>
    Mean,
    /// <summary>The first token alone, where transformers put what stands for the whole (<c>[CLS]</c>).</summary>
    Cls,
    /// <summary>The last token alone, the last unmasked one where there is a mask.</summary>
    Last,
    /// <summary>Each stays apart: a unit at one token is a unit of its own.</summary>
    None,
}

/// <summary>How tokens are pooled, and what says which of them count.</summary>
/// <param name="Pool">What becomes of them.</param>
/// <param name="Mask">An input of the model, [batch, tokens]: tokens where it is not 0 count; null where all do.</param>
public sealed record TokenPooling(TokenPool Pool, string? Mask)
{
    /// <summary>Names that exporters give to masks whose ones are the tokens that count.</summary>
    private static readonly string[] MaskNames = ["attention_mask", "input_mask"];

    /// <summary>The input of a model that masks tokens.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">The name that the user gave; null to look for a usual one.</param>
    /// <returns>The input, or null where none was named and none is named as masks usually are.</returns>
    /// <exception cref="AnalyzerException">There is no such input, or it has not two axes.</exception>
    public static Declared? FindMask(OnnxModel model, string? name)
    {
        var found = name is null
            ? model.Inputs.FirstOrDefault(input => MaskNames.Any(usual => input.Name.EndsWith(usual, StringComparison.OrdinalIgnoreCase)) && input.Type.Shape?.Rank == 2)
            : model.Inputs.FirstOrDefault(input => input.Name == name) ?? throw new AnalyzerException(
                $"`--mask {name}` is no input of `{model.Path}`; its inputs are {string.Join(", ", model.Inputs.Select(input => $"`{input.Name}`"))}", "name the input that says which tokens count");
        if (found?.Type.Shape is { } shape && shape.Rank != 2)
            throw new AnalyzerException($"`--mask {found.Name}` has the shape {shape}, and a mask of tokens is [batch, tokens]", "name another input");
        return found;
    }

    /// <summary>What a reader of the tap must know; null where it is what reducers do anyway.</summary>
    public string? Note(Reducer reducer) => (Pool, Mask) switch
    {
        (TokenPool.Cls, _) => "of the first token",
        (TokenPool.Last, null) => "of the last token",
        (TokenPool.Last, var mask) => $"of the last token that `{mask}` does not mask",
        (TokenPool.None, _) => "of every token apart",
        (_, null) => null,
        (_, var mask) => reducer is Reducer.Sign or Reducer.None ? $"of every token, those that `{mask}` masks too" : $"over the tokens that `{mask}` does not mask",
    };
}
