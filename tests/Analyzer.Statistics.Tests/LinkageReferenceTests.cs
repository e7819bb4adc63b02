using System.Runtime.InteropServices;
using System.Text.Json;
using Analyzer.Statistics;

namespace Analyzer.Tests;

/// <summary>Agreement with SciPy; `tools/reference/linkage.py` made the values.</summary>
public class LinkageReferenceTests
{
    private static readonly JsonElement Reference =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "linkage.json"))).RootElement;

    [Fact]
    public void Trees_of_tied_distances_are_scipys_to_the_last_tie()
    {
        foreach (var @case in Reference.GetProperty("ties").EnumerateArray())
        {
            foreach (var expected in @case.GetProperty("trees").EnumerateArray())
            {
                var tree = Agglomeration.Cluster(Doubles(@case, "distances"), @case.GetProperty("rows").GetInt32(), LinkageOf(expected));
                Assert.Equal(Integers(expected, "first"), tree.First);
                Assert.Equal(Integers(expected, "second"), tree.Second);
                Assert.Equal(Integers(expected, "sizes"), tree.Sizes);
                // Equal to the bit: the same operations on the same numbers.
                Assert.Equal(Doubles(expected, "heights"), tree.Heights);
                Assert.Equal(Integers(expected, "leaves"), tree.LeafOrder());
                var cut = expected.GetProperty("cut").GetDouble();
                Assert.Equal(LinkageTests.Canonical(Integers(expected, "labels")), tree.Labels(cut));
                Assert.Equal(Integers(expected, "labels").Distinct().Count(), tree.Clusters(cut));
                // Equal to the bit, heights and places.
                foreach (var top in expected.GetProperty("tops").EnumerateArray()) ExpectDrawn(top, tree, 0);
            }
        }
    }

    [Theory]
    [InlineData("weights"), InlineData("gaussian")]
    public void Heights_leaves_and_redundant_features_agree_with_scipy(string name)
    {
        var @case = Reference.GetProperty("features").EnumerateArray().Single(f => f.GetProperty("name").GetString() == name);
        var values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Reference", $"linkage-{name}.bin")));
        var features = new Matrix(@case.GetProperty("rows").GetInt32(), @case.GetProperty("columns").GetInt32(), values.ToArray());
        foreach (var expected in @case.GetProperty("trees").EnumerateArray())
        {
            var found = FeatureRedundancy.Measure(features, 1, new()
            {
                Linkage = LinkageOf(expected),
                Similarity = Enum.Parse<FeatureSimilarity>(expected.GetProperty("similarity").GetString()!),
                Thresholds = Doubles(Reference, "thresholds"),
            });
            var heights = Doubles(expected, "heights");
            // Sums of up to 784 products in double, and means of at most 64² of them.
            for (var i = 0; i < heights.Length; i++) Assert.Equal(heights[i], found.Heights[i], 1e-13);
            Assert.Equal(Integers(expected, "leaves"), found.Groups.Single().Tree.LeafOrder());
            Assert.Equal(Integers(expected, "redundant"), found.Thresholds.Select(t => t.Redundant));
            ExpectDrawn(expected.GetProperty("top"), found.Groups.Single().Tree, 1e-13);
        }
    }

    [Theory]
    [InlineData(0, 27), InlineData(1, 576)]
    public void Random_features_are_as_redundant_as_numpys(int index, int columns)
    {
        // 27 columns are drawn entry by entry, 576 by the Bartlett factor.
        var expected = Reference.GetProperty("nulls")[index];
        Assert.Equal(columns, expected.GetProperty("columns").GetInt32());
        var measured = FeatureRedundancy.Measure(RandomData.Dense(64, columns, 1));
        foreach (var linkage in expected.GetProperty("linkages").EnumerateArray())
        {
            var options = new FeatureRedundancyOptions { Linkage = LinkageOf(linkage), Draws = 200, Thresholds = Doubles(Reference, "thresholds") };
            var found = RedundancyNull.OfRandomFeatures(measured, options);
            Assert.Equal(200, found.Draws);
            double[] means = Doubles(linkage, "mean"), deviations = Doubles(linkage, "std");
            for (var t = 0; t < means.Length; t++)
            {
                // 400 draws there, 200 here: five standard errors of the difference, and one draw of 400 for what is nearly always 0.
                Assert.Equal(means[t], found.Redundant[t].Mean, 5 * deviations[t] * Math.Sqrt(1 / 400.0 + 1 / 200.0) + .01);
                // A standard deviation of 200 draws errs by 5 %; where nearly all draws are equal, by more.
                if (deviations[t] > 1) Assert.InRange(found.Redundant[t].StandardDeviation / deviations[t], .7, 1.4);
            }
        }
    }

    [Fact]
    public void The_papers_file_of_chance_redundancy_lies_within_the_null()
    {
        // One draw of 64 filters with 27 weights: 32, 26 and 58 redundant at τ = .3, and 2 at .54 by every linkage.
        var measured = FeatureRedundancy.Measure(RandomData.Dense(64, 27, 1));
        foreach (var (linkage, redundant) in new[] { (Linkage.Average, 32), (Linkage.Complete, 26), (Linkage.Single, 58) })
        {
            var found = RedundancyNull.OfRandomFeatures(measured, new() { Linkage = linkage, Draws = 400, Thresholds = [.3, .54] }).Redundant;
            Assert.InRange(redundant, found[0].Draws.Min(), found[0].Draws.Max());
            Assert.InRange(2, found[1].Mean - found[1].StandardDeviation, found[1].Mean + found[1].StandardDeviation);
        }
    }

    // SciPy draws leaf i at 10·i + 5 and names it by its item or, in brackets, by how many it holds.
    private static void ExpectDrawn(JsonElement expected, Dendrogram tree, double tolerance)
    {
        var top = DendrogramTop.Of(tree, expected.GetProperty("leaves").GetInt32());
        Assert.Equal(expected.GetProperty("labels").EnumerateArray().Select(l => l.GetString()), top.FirstItems.Zip(top.Sizes, (item, size) => size == 1 ? $"{item}" : $"({size})"));
        List<(double X, double Height)> places = [.. top.Sizes.Select((_, leaf) => (10.0 * leaf + 5, 0.0))];
        var links = new List<double[]>();
        foreach (var (m, height) in top.Heights.Index())
        {
            var (left, right) = (places[top.First[m]], places[top.Second[m]]);
            links.Add([left.X, right.X, left.Height, height, height, right.Height]);
            places.Add(((left.X + right.X) / 2, height));
        }
        double[][] drawn = [.. expected.GetProperty("links").EnumerateArray().Select(link => link.EnumerateArray().Select(v => v.GetDouble()).ToArray())];
        double[][] found = [.. links.OrderBy(l => l[0]).ThenBy(l => l[1])];
        Assert.Equal(drawn.Length, found.Length);
        foreach (var (one, other) in drawn.Zip(found))
            for (var i = 0; i < one.Length; i++) Assert.Equal(one[i], other[i], tolerance);
    }

    private static Linkage LinkageOf(JsonElement element) => Enum.Parse<Linkage>(element.GetProperty("linkage").GetString()!, ignoreCase: true);

    private static int[] Integers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];

    private static double[] Doubles(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
}
