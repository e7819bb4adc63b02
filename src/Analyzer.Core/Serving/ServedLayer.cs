using Analyzer.Runs;

namespace Analyzer.Serving;

/// <summary>A tapped tensor with all that is stored of it.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Taps">Its taps, in the order of their ids.</param>
public sealed record ServedLayer(string Tensor, IReadOnlyList<TapEntry> Taps)
{
    /// <summary>The id that links name it by.</summary>
    public string Id => Taps[0].Id;

    /// <summary>The operator that makes it.</summary>
    public string Op => Taps[0].Op;

    /// <summary>The tap that holds a number a unit and sample; null where only bits or maps are stored.</summary>
    public TapEntry? Values => Taps.FirstOrDefault(t => t.IsMean) ?? Taps.FirstOrDefault(t => !t.IsCode && !t.IsMaps);

    /// <summary>The tap that holds bits.</summary>
    public TapEntry? Code => Taps.FirstOrDefault(t => t.IsCode);

    /// <summary>Units: of the values, else channels of the maps, else bits.</summary>
    public int Units => Values?.Units ?? (Taps.FirstOrDefault(t => t.IsMaps) is { } maps ? (int)maps.Shape[maps.UnitAxis!.Value] : Taps[0].Units);

    /// <summary>Ids of its taps for SQL: they are the run's own, a letter and digits.</summary>
    public string SqlIds => string.Join(", ", Taps.Select(t => RunPaths.Quoted(t.Id)));

    /// <summary>The layers of a run, in graph order.</summary>
    public static IReadOnlyList<ServedLayer> All(Manifest manifest) => [.. manifest.Taps.GroupBy(t => t.Tensor).Select(g => new ServedLayer(g.Key, [.. g]))];
}
