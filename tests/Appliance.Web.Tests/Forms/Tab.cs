using System.Text.Json;
using System.Text.Json.Nodes;
using Appliance.Web.Forms;

namespace Appliance.Web.Tests.Forms;

/// <summary>A browser tab without a browser: what it keeps, what somebody typed into it, and whether the connection to it holds.</summary>
internal sealed class Tab : IDraftKeeper
{
    private readonly Dictionary<string, string> _kept = [];
    private readonly Dictionary<string, JsonElement> _fields = [];
    private long _strokes;

    /// <summary>Every call fails while it is so, as the framework's do once they have waited.</summary>
    public bool IsAway { get; set; }

    /// <summary>Calls get no answer at all while it is so.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What the server does with a field that is said again.</summary>
    public Action<string, string> Heard { get; set; } = (_, _) => { };

    /// <summary>The control that has the cursor.</summary>
    public string? Focus { get; private set; }

    /// <summary>What is kept under a key, or null.</summary>
    public KeptDraft? this[string key] => KeptDraft.Read(_kept.GetValueOrDefault(key));

    /// <summary>A stroke that the browser told; whether the server heard it is another matter.</summary>
    public void Type(string field, string value)
    {
        _strokes++;
        _fields[field] = JsonSerializer.SerializeToElement(value);
    }

    /// <summary>As a page that went away left it.</summary>
    public void Leave(string key, string? based, string? draft, params (string Name, string Value)[] typed) =>
        _kept[key] = new JsonObject
        {
            ["base"] = based,
            ["draft"] = draft,
            ["fields"] = new JsonObject(typed.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Value))),
        }.ToJsonString();

    public ValueTask<string?> KeptAsync(string key) => new(_kept.GetValueOrDefault(key));

    public async ValueTask<Strokes> StrokesAsync(string key, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        return new(_strokes, new Dictionary<string, JsonElement>(_fields));
    }

    public async ValueTask KeepAsync(string key, DraftText draft, long heard)
    {
        await AnswerAsync(CancellationToken.None);
        var missed = _fields.Where(field => draft.Missed.Contains(field.Key)).Select(field => (field.Key, field.Value.GetString() ?? ""));
        Leave(key, draft.Base, draft.Draft, [.. missed]);
        await RepeatAsync(key, draft.Missed, CancellationToken.None);
    }

    public async ValueTask RepeatAsync(string key, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        foreach (var name in names)
            Heard(name, _fields[name].GetString() ?? "");
    }

    public ValueTask ForgetAsync(string key)
    {
        _kept.Remove(key);
        _fields.Clear();
        return ValueTask.CompletedTask;
    }

    public ValueTask FocusAsync(string id)
    {
        Focus = id;
        return ValueTask.CompletedTask;
    }

    private Task AnswerAsync(CancellationToken cancellationToken) =>
        IsSilent ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken)
        : IsAway ? Task.FromCanceled(new(canceled: true))
        : Task.CompletedTask;
}
