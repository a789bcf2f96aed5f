namespace Appliance.Web.Forms;

/// <summary>A secret in a form: what was typed, and whether one is stored, which is never shown.</summary>
public sealed class SecretText
{
    /// <summary>What was typed; empty: nothing.</summary>
    public string Typed { get; set; } = "";

    /// <summary>True when a secret is stored already.</summary>
    public bool IsStored { get; init; }

    /// <summary>The stored one is to be taken away.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>True when the stored one stays as it is.</summary>
    public bool Stays => IsStored && !IsRemoved && Typed.Length == 0;

    /// <summary>What is stored next; null: nothing.</summary>
    public string? Over(string? stored) =>
        Typed.Trim().Length > 0 ? Typed.Trim()
        : Stays ? stored
        : null;
}
