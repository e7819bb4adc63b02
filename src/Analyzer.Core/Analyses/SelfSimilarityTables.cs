using Analyzer.Runs;

namespace Analyzer.Analyses;

/// <summary>The tables of the analysis <c>selfsimilarity</c>: layers, boxes, units, eigenvalues.</summary>
internal static class SelfSimilarityTables
{
    public static void Store(Run run, IReadOnlyList<LayerDetail> details)
    {
        Column Text(string name, Func<LayerDetail, string?> value) => Column.Of(name, details.Select(value).ToArray());
        Column Count(string name, Func<LayerDetail, int?> value) => Column.Of(name, details.Select(value).ToArray());
        Column Real(string name, Func<LayerDetail, double?> value) => Column.Of(name, details.Select(value).ToArray());
        run.WriteTable(SelfSimilarity.Name, "layers",
            Text("tap", d => d.Layer.Tap), Text("tensor", d => d.Layer.Tensor), Count("units", d => d.Layer.Units), Count("layer_units", d => d.Layer.LayerUnits),
            Count("constant_units", d => d.Layer.ConstantUnits), Count("samples", d => d.Layer.Samples),
            Real("ss_rate", d => d.Layer.SsRate), Real("ss_rate_printed", d => d.Layer.SsRatePrinted), Real("ss_rate_trimmed", d => d.Layer.SsRateTrimmed),
            Real("null_mean", d => d.Layer.NullMean), Real("null_std", d => d.Layer.NullStd), Real("p", d => d.Layer.PValue),
            Real("gaussian_mean", d => d.Layer.Gaussian.Mean), Real("gaussian_std", d => d.Layer.Gaussian.Std),
            Real("box_dimension", d => d.Layer.BoxDimension), Real("box_dimension_error", d => d.Layer.BoxDimensionError),
            Real("box_dimension_null", d => d.Layer.BoxNull?.Mean), Real("gamma", d => d.Layer.Spectrum.Gamma),
            Real("power_law_exponent", d => d.Layer.Spectrum.Tail?.Exponent), Real("power_law_least", d => d.Layer.Spectrum.Tail?.Least),
            Count("power_law_values", d => d.Layer.Spectrum.Tail?.Values), Real("power_law_p", d => d.Layer.Spectrum.Tail?.PValue),
            Real("correlation_dimension", d => d.Layer.CorrelationDimension),
            Count("network_nodes", d => d.Layer.Network.Nodes), Real("network_dimension", d => d.Layer.Network.Dimension),
            Real("network_aic_difference", d => d.Layer.Network.AkaikeDifference),
            Real("untrained_ss_rate", d => d.Layer.Untrained?.SsRate), Real("untrained_box_dimension", d => d.Layer.Untrained?.BoxDimension),
            Real("untrained_gamma", d => d.Layer.Untrained?.Gamma), Real("untrained_correlation_dimension", d => d.Layer.Untrained?.CorrelationDimension));

        var boxes = details.SelectMany(d => d.Curve.Thresholds.Select((theta, k) =>
            (d.Layer.Tap, theta, Share: d.Curve.Shares[k], Estimate: d.Curve.Boxes[k], Counted: d.Boxes?.Boxes(theta)))).ToArray();
        run.WriteTable(SelfSimilarity.Name, "boxes",
            Column.Of("tap", boxes.Select(b => (string?)b.Tap).ToArray()), Column.Of("threshold", boxes.Select(b => (double?)b.theta).ToArray()),
            Column.Of("pairs_below", boxes.Select(b => (double?)b.Share).ToArray()), Column.Of("boxes_estimated", boxes.Select(b => (double?)b.Estimate).ToArray()),
            Column.Of("boxes", boxes.Select(b => b.Counted).ToArray()));

        var units = details.SelectMany(d => d.UnitNumbers.Select((unit, u) => (d.Layer.Tap, unit, Norm: d.Norms[u], Loud: d.Layer.LoudestUnits.Contains(unit)))).ToArray();
        run.WriteTable(SelfSimilarity.Name, "units",
            Column.Of("tap", units.Select(u => (string?)u.Tap).ToArray()), Column.Of("unit", units.Select(u => (int?)u.unit).ToArray()),
            Column.Of("norm", units.Select(u => (double?)u.Norm).ToArray()), Column.Of("trimmed", units.Select(u => (int?)(u.Loud ? 1 : 0)).ToArray()));

        var values = details.SelectMany(d => d.Eigenvalues.Select((value, rank) => (d.Layer.Tap, rank, value))).ToArray();
        run.WriteTable(SelfSimilarity.Name, "eigenvalues",
            Column.Of("tap", values.Select(v => (string?)v.Tap).ToArray()), Column.Of("rank", values.Select(v => (int?)v.rank).ToArray()),
            Column.Of("eigenvalue", values.Select(v => (double?)v.value).ToArray()));
    }
}
