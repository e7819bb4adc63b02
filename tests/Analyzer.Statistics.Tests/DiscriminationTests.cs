using Analyzer.Statistics;

namespace Analyzer.Tests;

public class DiscriminationTests
{
    [Fact]
    public void Draws_thresholds_and_p_values_agree_with_a_plain_computation()
    {
        // Classes 0 and 1 have one size and share a null; class 2 has its own.
        int[] labels = [.. Enumerable.Repeat(0, 30), .. Enumerable.Repeat(1, 30), .. Enumerable.Repeat(2, 50)];
        var (samples, _) = KolmogorovSmirnovTests.Tied(110, 12, 3, 40, 5);
        for (var row = 0; row < 30; row++) samples.Row(row)[3] += 25;
        var options = new DiscriminationOptions { Draws = 25, Quantile = .97, Seed = 9 };
        var result = Discrimination.Measure(samples, labels, options);

        var plain = KolmogorovSmirnov.Measure(samples, labels);
        Assert.Equal(plain.Presence, result.Separation.Presence);
        Assert.Equal(plain.Absence, result.Separation.Absence);
        var random = new SeededRandom(9);
        for (var draw = 0; draw < 25; draw++)
        {
            int[] shuffled = [.. labels];
            random.Shuffle<int>(shuffled);
            var permuted = KolmogorovSmirnov.Measure(samples, shuffled);
            for (var unit = 0; unit < 12; unit++)
                for (var c = 0; c < 3; c++)
                    Assert.Equal(permuted.Signed(unit, c), result.Null[draw][unit * 3 + c]);
        }

        double beyond = 0;
        foreach (int[] group in (int[][])[[0, 1], [2]])
        {
            double[] pool = [.. result.Null.SelectMany(draw => draw.Where((_, i) => group.Contains(i % 3))).Select(Math.Abs).Order()];
            var place = .97 * (pool.Length - 1);
            var threshold = pool[(int)place] + (place - (int)place) * (pool[(int)place + 1] - pool[(int)place]);
            beyond += pool.Count(value => value >= threshold) / 25.0;
            foreach (var c in group)
            {
                Assert.Equal(threshold, result.Thresholds[c]);
                Assert.Equal(1 / (1.0 + pool.Length), result.Resolution[c]);
                for (var unit = 0; unit < 12; unit++)
                {
                    var signed = plain.Signed(unit, c);
                    Assert.Equal((1 + pool.Count(value => value >= Math.Abs(signed))) / (1.0 + pool.Length), result.PermutationP[unit, c]);
                    Assert.Equal(Math.Abs(signed) < threshold ? PairKind.Uncharacteristic : signed > 0 ? PairKind.Presence : PairKind.Absence, result.Kinds[unit, c]);
                }
            }
        }
        var found = result.PresencePairs + result.AbsencePairs;
        Assert.Equal(PairKind.Presence, result.Kinds[3, 0]);
        Assert.Equal(beyond / 36, result.NullShare!.Mean, 1e-14);
        Assert.Equal(Math.Min(1, beyond / found), result.FalseDiscoveryRate!.Value, 1e-14);
        Assert.Equal(found / 36.0, result.Share);
        Assert.Equal(found, result.ClassesPerUnit().Sum());
        Assert.Equal(found, result.UnitsPerClass().Sum());
        Assert.Equal(3, result.UnitsPerClass().Length);
    }

    [Fact]
    public void A_unit_planted_for_one_class_is_found_and_nothing_else()
    {
        var random = new SeededRandom(11);
        var samples = RandomData.Dense(600, 40, 12);
        int[] labels = [.. Enumerable.Range(0, 600).Select(_ => random.NextBelow(6))];
        for (var row = 0; row < 600; row++)
        {
            samples.Row(row)[7] = labels[row] == 4 ? 1 : 0;
            samples.Row(row)[8] = labels[row] == 2 ? 0 : 1 + samples.Row(row)[8];
        }
        var result = Discrimination.Measure(samples, labels);
        Assert.Equal((PairKind.Presence, 1.0), (result.Kinds[7, 4], result.Separation.Signed(7, 4)));
        Assert.Equal((PairKind.Absence, -1.0), (result.Kinds[8, 2], result.Separation.Signed(8, 2)));
        Assert.InRange(result.Q[7, 4], 0, 1e-30);
        Assert.InRange(result.Q[8, 2], 0, 1e-30);
        // Twelve pairs are real or follow from them; a rate of .05 lets in 0.6 false ones on average, more than 4 once in 3,000.
        Assert.InRange(Enumerable.Range(0, 40).Where(unit => unit is not (7 or 8)).Sum(unit => Enumerable.Range(0, 6).Count(c => result.Q[unit, c] <= .05)), 0, 4);
        // The permutation's p cannot fall below its resolution, and six classes of 40 units need 1/240 of .05 for a lone pair.
        Assert.Equal(result.Resolution[4], result.PermutationP[7, 4]);
        Assert.InRange(result.Resolution[4] * 240, .05, 1);
    }

    [Fact]
    public void Noise_passes_at_the_stated_rates()
    {
        int rejected = 0, families = 0;
        double passed = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            // Half of the values 0, as after a ReLU; each unit its own share.
            var samples = RandomData.Dense(300, 12, 100 + seed);
            for (var i = 0; i < samples.Values.Length; i++) samples.Values[i] = Math.Max(0, samples.Values[i] + (i % 12 - 6) / 8f);
            var random = new SeededRandom(seed);
            int[] labels = [.. Enumerable.Range(0, 300).Select(_ => random.NextBelow(5))];
            var result = Discrimination.Measure(samples, labels, new() { Quantile = .99, Seed = seed });
            passed += result.Share!.Value / 200;
            rejected += result.Q.Cast<double>().Any(q => q <= .05) ? 1 : 0;
            families++;
        }
        // 12,000 pairs, of which 1 % pass: five standard errors are .0045, were the pairs independent; measured .0098.
        Assert.InRange(passed, .0055, .0145);
        // At most 5 % of the families, up to 2.6 standard errors; ties make it fewer.
        Assert.InRange(rejected / (double)families, 0, .09);
    }

    [Fact]
    public void Constant_units_are_no_pairs_and_a_dead_layer_has_no_share()
    {
        var (samples, labels) = KolmogorovSmirnovTests.Tied(80, 4, 3, 20, 13);
        var wider = new Matrix(80, 7);
        for (var row = 0; row < 80; row++)
        {
            wider.Row(row).Fill(.1f);
            samples.Row(row).CopyTo(wider.Row(row)[2..]);
        }
        DiscriminationResult narrow = Discrimination.Measure(samples, labels), wide = Discrimination.Measure(wider, labels);
        Assert.Equal([true, true, false, false, false, false, true], wide.Constant);
        Assert.Equal(narrow.Thresholds, wide.Thresholds);
        Assert.Equal(narrow.Pairs, wide.Pairs);
        Assert.Equal((1.0, 1.0, PairKind.Uncharacteristic), (wide.Q[0, 0], wide.PermutationP[6, 2], wide.Kinds[1, 1]));

        var dead = Discrimination.Measure(new Matrix(80, 5), labels);
        Assert.Equal((0, 0, 0), (dead.Pairs, dead.PresencePairs, dead.AbsencePairs));
        Assert.Null(dead.Share);
        Assert.Null(dead.NullShare);
        Assert.Null(dead.FalseDiscoveryRate);
        Assert.Equal([1, 1, 1], dead.Thresholds);
    }

    [Fact]
    public void Classes_of_one_sample_and_two_samples_are_measured()
    {
        var result = Discrimination.Measure(new Matrix(2, 2, [1, 5, 2, 5]), [3, 8]);
        Assert.Equal((1.0, -1.0), (result.Separation.Signed(0, 1), result.Separation.Signed(0, 0)));
        Assert.Equal([1, 1], result.Thresholds);
        // Every permutation separates two samples, so all is as in the null.
        Assert.Equal(1, result.PermutationP[0, 0]);
        Assert.Equal(1, result.FalseDiscoveryRate);
    }

    [Fact]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        var (samples, labels) = KolmogorovSmirnovTests.Tied(200, 50, 4, 60, 14);
        DiscriminationResult one = Discrimination.Measure(samples, labels, new() { Threads = 1 }), five = Discrimination.Measure(samples, labels, new() { Threads = 5 });
        Assert.Equal(one.Null, five.Null);
        Assert.Equal(one.Q, five.Q);
        Assert.Equal(one.Thresholds, five.Thresholds);
    }

    [Fact]
    public void Bad_parameters_are_refused()
    {
        Assert.Equal("`Draws` is 1; it must lie in [2, 100000]", Assert.Throws<ArgumentOutOfRangeException>(
            () => new DiscriminationOptions { Draws = 1 }).Message.Split(" (")[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new DiscriminationOptions { Quantile = 1.5 });
        Assert.Throws<ArgumentException>(() => Discrimination.Measure(new Matrix(2, 1), [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => Discrimination.Measure(new Matrix(2, 1), [1, 1]));
    }
}
