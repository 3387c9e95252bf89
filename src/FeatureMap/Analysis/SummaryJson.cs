using System.Text.Json;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>The summary as one JSON document.</summary>
internal static class SummaryJson
{
    public static string Of(NetworkSummary summary) => JsonText.Of(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("batch", summary.Batch);
        json.WriteStartArray("layers");
        foreach (var row in summary.Rows)
            Row(json, row);
        json.WriteEndArray();
        json.WriteStartObject("totals");
        json.WriteNumber("parameters", summary.ParameterCount);
        json.WriteNumber("trainable", summary.TrainableCount);
        json.WriteNumber("fixed", summary.FixedCount);
        json.WriteNumber("multiplyAdds", summary.MultiplyAdds);
        json.WriteNumber("activationBytes", summary.ActivationBytes);
        json.WriteNumber("parameterBytes", summary.ParameterBytes);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static void Row(Utf8JsonWriter json, SummaryRow row)
    {
        json.WriteStartObject();
        json.WriteString("layer", row.Layer);
        json.WriteString("op", row.Op);
        json.WriteString("settings", row.Settings);
        json.WriteStartArray("inputs");
        foreach (var input in row.Inputs)
            json.WriteStringValue(input);
        json.WriteEndArray();
        json.WriteStartArray("output");
        json.WriteNumberValue(row.Output.Channels);
        json.WriteNumberValue(row.Output.Height);
        json.WriteNumberValue(row.Output.Width);
        json.WriteEndArray();
        json.WriteNumber("trainable", row.TrainableCount);
        json.WriteNumber("fixed", row.FixedCount);
        json.WriteNumber("multiplyAdds", row.MultiplyAdds);
        json.WriteNumber("activationBytes", row.ActivationBytes);
        json.WriteNumber("parameterBytes", row.ParameterBytes);
        Field(json, row.Field);
        Path(json, "path", row.Path);
        json.WriteEndObject();
    }

    private static void Path(Utf8JsonWriter json, string name, KernelPath? path)
    {
        if (path is null) return;
        json.WriteStartObject(name);
        json.WriteString("name", path.Name);
        json.WriteString("reason", path.Reason);
        Path(json, "inputGradient", path.InputGradient);
        Path(json, "weightGradient", path.WeightGradient);
        json.WriteEndObject();
    }

    private static void Field(Utf8JsonWriter json, ReceptiveField field)
    {
        json.WriteStartObject("receptiveField");
        Axis(json, "vertical", field.Vertical);
        Axis(json, "horizontal", field.Horizontal);
        json.WriteBoolean("global", field.IsGlobal);
        json.WriteBoolean("aligned", field.IsAligned);
        json.WriteEndObject();
    }

    private static void Axis(Utf8JsonWriter json, string name, FieldAxis axis)
    {
        json.WriteStartObject(name);
        json.WriteNumber("size", axis.Size);
        json.WriteNumber("stride", axis.Stride);
        json.WriteNumber("offset", axis.Offset);
        json.WriteEndObject();
    }
}
