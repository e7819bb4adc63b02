using Analyzer.Runs;
using Analyzer.Statistics;

namespace Analyzer.Analyses;

/// <summary>Collects the tables <c>discriminate_pairs</c> and <c>discriminate_units</c>.</summary>
internal sealed class DiscriminateTables
{
    // Of a layer of a thousand classes and thousands of units, the pairs with the largest statistics.
    private const int MostPairs = 100_000;

    private readonly List<string?> _tap = [], _kind = [], _unitTap = [];
    private readonly List<int?> _unit = [], _class = [], _unitNumber = [], _constant = [], _classes = [], _bestClass = [];
    private readonly List<double?> _presence = [], _absence = [], _signed = [], _permutationP = [], _q = [], _bestKs = [];

    public void Add(TapEntry tap, DiscriminationResult measured)
    {
        var separation = measured.Separation;
        var (units, classes) = (separation.Units, separation.Classes.Length);
        var pairs = Enumerable.Range(0, units * classes);
        if (units * classes > MostPairs) pairs = pairs.OrderByDescending(p => Math.Abs(separation.Signed(p / classes, p % classes))).Take(MostPairs).Order();
        foreach (var pair in pairs)
        {
            var (unit, c) = (pair / classes, pair % classes);
            _tap.Add(tap.Id);
            _unit.Add(unit);
            _class.Add(separation.Classes[c]);
            _presence.Add(separation.Presence[unit, c]);
            _absence.Add(separation.Absence[unit, c]);
            _signed.Add(separation.Signed(unit, c));
            _permutationP.Add(measured.PermutationP[unit, c]);
            _q.Add(measured.Q[unit, c]);
            _kind.Add(measured.Kinds[unit, c].ToString().ToLowerInvariant());
        }
        var perUnit = measured.ClassesPerUnit();
        for (var unit = 0; unit < units; unit++)
        {
            var best = Enumerable.Range(0, classes).MaxBy(c => Math.Abs(separation.Signed(unit, c)));
            _unitTap.Add(tap.Id);
            _unitNumber.Add(unit);
            _constant.Add(measured.Constant[unit] ? 1 : 0);
            _classes.Add(perUnit[unit]);
            _bestClass.Add(separation.Classes[best]);
            _bestKs.Add(separation.Signed(unit, best));
        }
    }

    public void Store(Run run)
    {
        run.WriteTable(Discriminate.Name, "pairs",
            Column.Of("tap", _tap), Column.Of("unit", _unit), Column.Of("class", _class), Column.Of("presence", _presence), Column.Of("absence", _absence),
            Column.Of("signed_ks", _signed), Column.Of("permutation_p", _permutationP), Column.Of("q", _q), Column.Of("kind", _kind));
        run.WriteTable(Discriminate.Name, "units",
            Column.Of("tap", _unitTap), Column.Of("unit", _unitNumber), Column.Of("constant", _constant), Column.Of("classes", _classes),
            Column.Of("best_class", _bestClass), Column.Of("best_ks", _bestKs));
    }
}
