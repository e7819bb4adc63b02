using System.Collections;
using System.Reflection;

namespace Analyzer.Runs;

/// <summary>Finds what JSON left null although its type does not allow it: a missing value, or an entry <c>null</c> in a list.</summary>
internal static class MissingValue
{
    /// <summary>Where it lies, such as <c>taps[3].tensor</c>; null where nothing is missing.</summary>
    public static string? In(object record, string path = "")
    {
        var nullability = new NullabilityInfoContext();
        foreach (var property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0))
        {
            var place = path + (path.Length > 0 ? "." : "") + char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            var value = property.CanWrite ? property.GetValue(record) : null;
            if (value is null)
            {
                if (property.CanWrite && nullability.Create(property).ReadState == NullabilityState.NotNull) return place;
                continue;
            }
            if (value is string || value.GetType().IsPrimitive) continue;
            if (value is IEnumerable list)
            {
                var i = 0;
                foreach (var entry in list)
                {
                    if (entry is null) return $"{place}[{i}]";
                    if (IsRecord(entry) && In(entry, $"{place}[{i}]") is { } inside) return inside;
                    i++;
                }
            }
            else if (IsRecord(value) && In(value, place) is { } inside)
            {
                return inside;
            }
        }
        return null;
    }

    private static bool IsRecord(object value) => value.GetType().Namespace == typeof(MissingValue).Namespace;
}
