namespace Appliance.Web.About;

/// <summary>A setting as it was read at the start.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">What counts; empty for a secret.</param>
/// <param name="IsGiven">It stands in the environment; false: the default counts.</param>
/// <param name="IsSecret">Its value is shown to nobody.</param>
public sealed record SettingLine(string Name, string Value, bool IsGiven, bool IsSecret)
{
    /// <summary>The value as it may be shown.</summary>
    public string Shown =>
        IsSecret
            ? IsGiven
                ? "(a secret, given)"
                : ""
            : Value;
}
