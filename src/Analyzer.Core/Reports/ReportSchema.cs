using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Analyzer.Reports;

/// <summary>The JSON Schema of <c>report.json</c>, as it is published with the product.</summary>
public static class ReportSchema
{
    private static readonly JsonSerializerOptions Options = new(Report.Json) { TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver() };

    private static readonly (string Analysis, Type Record)[] Analyses =
    [
        ("preprocessing", typeof(PreprocessingReport)), ("labels", typeof(LabelsReport)), ("redundancy", typeof(RedundancyReport)), ("codes", typeof(CodesReport)),
        ("discriminate", typeof(DiscriminateReport)), ("anomalies", typeof(AnomaliesReport)), ("selfsimilarity", typeof(SelfSimilarityReport)),
    ];

    /// <summary>
    /// The schema, draft 2020-12, from the records that reports are written from. Fields may be added under one <c>schemaVersion</c>, so further
    /// ones are allowed; what is required stays.
    /// </summary>
    public static string Render()
    {
        var schema = Of(typeof(Report));
        var known = new JsonObject();
        var definitions = new JsonObject();
        foreach (var (analysis, record) in Analyses)
        {
            definitions[analysis] = Moved(Of(record), $"#/$defs/{analysis}");
            known[analysis] = new JsonObject { ["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/$defs/{analysis}" }, NotApplied()) };
        }
        schema["properties"]!["analyses"] = new JsonObject { ["type"] = "object", ["properties"] = known };
        schema["properties"]!["schemaVersion"] = new JsonObject { ["const"] = 1 };
        var whole = new JsonObject { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "report.json of Analyzer, version 1" };
        foreach (var (key, value) in schema) whole[key] = value?.DeepClone();
        whole["$defs"] = definitions;
        return whole.ToJsonString(Report.Json) + "\n";
    }

    private static JsonObject NotApplied() => new JsonObject
    {
        ["type"] = "object", ["required"] = new JsonArray("applies", "reason"),
        ["properties"] = new JsonObject { ["applies"] = new JsonObject { ["const"] = false }, ["reason"] = new JsonObject { ["type"] = "string" } },
    };

    private static JsonObject Of(Type record) => (JsonObject)Options.GetJsonSchemaAsNode(record, new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Relaxed });

    // What is null is left out when it is written, so it cannot be required.
    private static JsonNode Relaxed(JsonSchemaExporterContext context, JsonNode schema)
    {
        if ((schema as JsonObject)?["required"] is not JsonArray required) return schema;
        var nullable = context.TypeInfo.Properties.Where(p => p.IsGetNullable).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in required.Where(name => nullable.Contains((string)name!)).ToArray()) required.Remove(name);
        return schema;
    }

    // What a schema says of places within itself counts from its own top.
    private static JsonNode? Moved(JsonNode? node, string top)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (key, value) in members.ToArray())
                    members[key] = key == "$ref" ? $"{top}{((string)value!)[1..]}" : Moved(value, top)?.DeepClone();
                break;
            case JsonArray items:
                foreach (var item in items) Moved(item, top);
                break;
        }
        return node;
    }
}
