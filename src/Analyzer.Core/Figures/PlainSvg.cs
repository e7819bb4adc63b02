using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Analyzer.Figures;

/// <summary>The chart library's SVG made plain: nothing in it is of that library, of its counters, or of a kind that only browsers draw.</summary>
internal static class PlainSvg
{
    public static readonly XNamespace Namespace = "http://www.w3.org/2000/svg";

    private static readonly string[] Dropped = ["pointer-events", "baseProfile", "class"];

    /// <summary>Cleans a drawing.</summary>
    /// <exception cref="XmlException">It is no XML: a bug of ours or of the library.</exception>
    public static string Of(string drawn)
    {
        var root = XDocument.Parse(drawn, LoadOptions.PreserveWhitespace).Root!;
        root.Elements(Namespace + "style").Remove();
        foreach (var element in root.DescendantsAndSelf())
        {
            element.Attributes().Where(a => a.Name.LocalName.StartsWith("ecmeta_", StringComparison.Ordinal) || Dropped.Contains(a.Name.LocalName)).Remove();
            // The library numbers its drawings through, and a figure must not depend on those before it.
            foreach (var attribute in element.Attributes().Where(a => a.Name.LocalName is "id" or "clip-path" or "fill" or "stroke"))
                attribute.Value = attribute.Value.StartsWith("url(#zr", StringComparison.Ordinal) ? "url(#" + Unnumbered(attribute.Value[5..]) : attribute.Name.LocalName == "id" ? Unnumbered(attribute.Value) : attribute.Value;
            if (element.Name.LocalName != "text") continue;
            // Few programs beside browsers know this baseline; a third of an em is where it lies.
            if (element.Attribute("dominant-baseline") is not { Value: "central" } baseline) throw new NotSupportedException($"a text without the central baseline: {element}");
            baseline.Remove();
            element.SetAttributeValue("dy", ".35em");
        }
        var text = new StringBuilder();
        using (var writer = XmlWriter.Create(text, new() { OmitXmlDeclaration = true, NewLineChars = "\n" })) root.Save(writer);
        return text.Append('\n').ToString();
    }

    private static string Unnumbered(string id) => id[(id.IndexOf('-') + 1)..];
}
