namespace Analyzer.Statistics;

/// <summary>A block of rows: its part of the losses, of the gradient and of products with the curvature.</summary>
/// <remarks>Weights, gradients and products are [columns + 1, lanes], the last row the intercepts.</remarks>
internal abstract class LogisticChunk
{
    private readonly Design _design;
    private readonly double[] _scores;
    private readonly float[] _products;

    protected LogisticChunk(Design design, int owner, int lanes)
    {
        (_design, Owner, Lanes) = (design, owner, lanes);
        _scores = new double[design.Rows * lanes];
        _products = new float[design.Rows * lanes];
        Curvature = new float[design.Rows * lanes];
        Gradient = new double[(design.Columns + 1) * lanes];
        Products = new float[(design.Columns + 1) * lanes];
        Losses = new double[lanes];
    }

    /// <summary>The class all rows have, where they have one.</summary>
    public int Owner { get; }

    /// <summary>[lanes] sums of losses, set by <see cref="Evaluate"/>.</summary>
    public double[] Losses { get; }

    /// <summary>Gradient of the losses, set by <see cref="Evaluate"/>.</summary>
    public double[] Gradient { get; }

    /// <summary>Set by the methods below <see cref="Evaluate"/>.</summary>
    public float[] Products { get; }

    protected int Lanes { get; }

    /// <summary>[rows, lanes]: what the curvature of a row needs, set by <see cref="Link"/>.</summary>
    protected float[] Curvature { get; }

    private int Weights => _design.Columns * Lanes;

    public void Evaluate(double[] weights)
    {
        for (var row = 0; row < _design.Rows; row++) weights.AsSpan(Weights, Lanes).CopyTo(_scores.AsSpan(row * Lanes));
        _design.MultiplyAdd(new(0, _design.Rows), weights.AsSpan(0, Weights), Lanes, _scores);
        Array.Clear(Losses);
        Link(_scores);
        Array.Clear(Gradient);
        _design.TransposedMultiplyAdd(_scores, Lanes, Gradient.AsSpan(0, Weights));
        for (var i = 0; i < _scores.Length; i += Lanes)
            for (var lane = 0; lane < Lanes; lane++)
                Gradient[Weights + lane] += _scores[i + lane];
    }

    public void CurvatureTimes(float[] direction)
    {
        for (var row = 0; row < _design.Rows; row++) direction.AsSpan(Weights, Lanes).CopyTo(_products.AsSpan(row * Lanes));
        _design.MultiplyAdd(new(0, _design.Rows), direction.AsSpan(0, Weights), Lanes, _products);
        Curve(_products);
        Array.Clear(Products);
        _design.TransposedMultiplyAdd(_products, Lanes, Products.AsSpan(0, Weights));
        SumRows();
    }

    /// <summary>Sums of the features, weighted by each score's second derivative; the last row sums the weights.</summary>
    public void FirstMoments()
    {
        Diagonal(_products);
        Array.Clear(Products);
        _design.TransposedMultiplyAdd(_products, Lanes, Products.AsSpan(0, Weights));
        SumRows();
    }

    /// <summary>The same of the squared features.</summary>
    public void SecondMoments()
    {
        Diagonal(_products);
        Array.Clear(Products);
        _design.SquaredTransposedMultiplyAdd(_products, Lanes, Products.AsSpan(0, Weights));
        SumRows();
    }

    /// <summary>Turns scores into derivatives of the losses, in place; adds the losses and keeps the curvature.</summary>
    protected abstract void Link(Span<double> scores);

    /// <summary>Multiplies changes of scores by the curvature of the losses, in place.</summary>
    protected abstract void Curve(Span<float> changes);

    /// <summary>Sets second derivatives of the losses by each score.</summary>
    protected abstract void Diagonal(Span<float> curvature);

    private void SumRows()
    {
        Span<float> sums = Products.AsSpan(Weights, Lanes);
        for (var i = 0; i < _products.Length; i += Lanes)
            for (var lane = 0; lane < Lanes; lane++)
                sums[lane] += _products[i + lane];
    }
}
