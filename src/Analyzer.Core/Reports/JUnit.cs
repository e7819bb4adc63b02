using System.Xml;
using System.Xml.Linq;

namespace Analyzer.Reports;

/// <summary>Turns the gates of a report into <c>junit.xml</c>, which build servers show as tests.</summary>
public static class JUnit
{
    /// <summary>
    /// A test case a gate: failed where it failed, skipped where it is inconclusive; one that only warns passes, with what it warns of as its
    /// output. No times and no host, so that equal reports give equal files.
    /// </summary>
    /// <param name="report">A report whose gates were judged.</param>
    public static string Render(Report report)
    {
        var gates = report.Gates?.Results ?? [];
        var suite = new XElement("testsuite", new XAttribute("name", Legal($"gates of {Path.GetFileName(report.Model.Path)} ({report.Gates?.Policy})")),
            new XAttribute("tests", gates.Count), new XAttribute("failures", gates.Count(g => g.Outcome == GateOutcome.Fail)), new XAttribute("errors", 0),
            new XAttribute("skipped", gates.Count(g => g.Outcome == GateOutcome.Inconclusive)), gates.Select(Case));
        var text = new StringWriter { NewLine = "\n" };
        using (var writer = XmlWriter.Create(text, new() { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
            new XDocument(new XElement("testsuites", suite)).Save(writer);
        return $"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{text}\n";
    }

    private static XElement Case(GateResult gate)
    {
        var test = new XElement("testcase", new XAttribute("classname", "analyzer.gates"), new XAttribute("name", Legal(gate.Name)));
        var said = $"{gate.Of}: wanted {gate.Wanted}; {gate.Detail}";
        if (gate.Outcome == GateOutcome.Fail) test.Add(new XElement("failure", new XAttribute("message", Legal(gate.Detail)), new XAttribute("type", "gate"), Legal(said)));
        else if (gate.Outcome == GateOutcome.Inconclusive) test.Add(new XElement("skipped", new XAttribute("message", Legal(said))));
        else test.Add(new XElement("system-out", Legal($"{gate.Outcome.ToString().ToLowerInvariant()}: {said}")));
        return test;
    }

    // XML has no way to write most control characters, nor half a surrogate pair.
    private static string Legal(string text)
    {
        var shown = Text.Visible(text);
        return string.Concat(shown.Select((c, i) => XmlConvert.IsXmlChar(c)
            || (char.IsHighSurrogate(c) && i + 1 < shown.Length && char.IsLowSurrogate(shown[i + 1])) || (char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(shown[i - 1])) ? c : '\uFFFD'));
    }
}
