namespace Appliance.Proxy.Items;

/// <summary>What a name may be: it stands in paths of problems, in logs and in URLs of the console.</summary>
internal static class ItemNames
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 64;

    public static void Check(string name, string path, ProblemList problems)
    {
        if (
            name.Length is 0 or > MaxLength
            || name[0] == ' '
            || name[^1] == ' '
            || name.Any(character => !(char.IsLetterOrDigit(character) || character is '.' or '_' or '-' or ' '))
        )
            problems.Error(
                path,
                "bad_name",
                $"A name has 1 to {MaxLength} letters, digits, dots, dashes, underscores or spaces between them."
            );
    }
}
