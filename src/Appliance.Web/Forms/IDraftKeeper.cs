using System.Text.Json;

namespace Appliance.Web.Forms;

/// <summary>
/// The browser, as far as a form needs it: it keeps what somebody types for its tab, and knows which strokes it has told.
/// </summary>
/// <remarks>A call throws <see cref="OperationCanceledException"/> while the connection to the browser is away.</remarks>
public interface IDraftKeeper
{
    /// <summary>What an earlier form with this key left in the tab, as JSON; null: nothing.</summary>
    ValueTask<string?> KeptAsync(string key);

    /// <summary>The strokes so far. The answer comes after every stroke that it counts.</summary>
    ValueTask<Strokes> StrokesAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps a draft that has heard the first <paramref name="heard"/> strokes. Later ones stay beside it.</summary>
    ValueTask KeepAsync(string key, DraftText draft, long heard);

    /// <summary>Lets the browser say again what is in these fields.</summary>
    ValueTask RepeatAsync(string key, IReadOnlyList<string> fields, CancellationToken cancellationToken);

    /// <summary>Throws away what is kept under this key.</summary>
    ValueTask ForgetAsync(string key);

    /// <summary>Puts the cursor into the control of this id, or into the nearest one that is there.</summary>
    ValueTask FocusAsync(string id);
}

/// <summary>How many strokes the browser has told so far, and the fields of which it does not know yet that they were heard.</summary>
/// <param name="Count">Strokes.</param>
/// <param name="Fields">Values by the names of the fields.</param>
public sealed record Strokes(long Count, IReadOnlyDictionary<string, JsonElement> Fields);

/// <summary>A draft as the browser keeps it.</summary>
/// <param name="Base">What it was made from; null for something new.</param>
/// <param name="Draft">The draft as JSON.</param>
/// <param name="Missed">Names of fields whose strokes it has not heard.</param>
public sealed record DraftText(string? Base, string Draft, IReadOnlyList<string> Missed);
