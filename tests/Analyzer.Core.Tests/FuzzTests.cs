using Analyzer.Fuzzing;
using Analyzer.Tests.Datasets;

namespace Analyzer.Tests;

/// <summary>Damaged files of every kind that comes from elsewhere: read, or refused with a sentence; the long run is a command of `Analyzer.Benchmarks`.</summary>
public sealed class FuzzTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_seeded_thousand_of_damaged_files_ends_in_results_or_sentences()
    {
        var targets = FuzzTargets.All(_folder, Path.Combine(Repository.Root, "models", "mnist-mlp-w010.onnx"), ImageReference.Folder);
        foreach (var target in targets)
        {
            var outcome = Fuzz.Run(target, seed: 1, first: 0, cases: 1_000 / targets.Count + 1);
            Assert.True(outcome.Failures.Count == 0, string.Join('\n', outcome.Failures));
            // Damage that is never noticed tests little; that sound files are read shows where the targets are made.
            Assert.True(outcome.Refused > 0, $"no case of {target.Name} was refused");
        }
    }
}
