using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Appliance.Data.Rights;

/// <summary>What an API token may be used for. Every token can read; <see cref="Admin"/> includes all others.</summary>
[Flags]
public enum TokenScopes
{
    /// <summary>Nothing at all.</summary>
    None = 0,

    /// <summary>To read routes, pools, maps, figures and connections.</summary>
    Read = 1,

    /// <summary>To change the config and certificates.</summary>
    Write = 2,

    /// <summary>To close WebSockets, and to drain.</summary>
    Connections = 4,

    /// <summary>All that an administrator may do.</summary>
    Admin = 8,
}

/// <summary>The scopes of tokens as words: <c>read write</c>.</summary>
public static class TokenScopeWords
{
    /// <summary>Every scope, the smallest first.</summary>
    public static ImmutableArray<TokenScopes> All { get; } =
    [TokenScopes.Read, TokenScopes.Write, TokenScopes.Connections, TokenScopes.Admin];

    /// <summary>One scope as people write it.</summary>
    public static string WordOf(TokenScopes scope) =>
        scope switch
        {
            TokenScopes.Read => "read",
            TokenScopes.Write => "write",
            TokenScopes.Connections => "connections",
            TokenScopes.Admin => "admin",
            _ => throw new ArgumentOutOfRangeException(nameof(scope), scope, null),
        };

    /// <summary>As they are written and stored, separated by blanks.</summary>
    public static string Of(TokenScopes scopes) => string.Join(' ', All.Where(scope => scopes.HasFlag(scope)).Select(WordOf));

    /// <summary>Reads words that blanks or commas separate. <paramref name="fault"/> is a sentence.</summary>
    public static bool TryParse(string text, out TokenScopes scopes, [NotNullWhen(false)] out string? fault)
    {
        scopes = TokenScopes.None;
        foreach (var word in text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            var scope = All.FirstOrDefault(known => WordOf(known) == word);
            if (scope is TokenScopes.None)
            {
                fault = $"\"{word}\" is not a scope; write read, write, connections or admin.";
                return false;
            }

            scopes |= scope;
        }

        fault = scopes is TokenScopes.None ? "Say what the token is for: read, write, connections or admin." : null;
        return fault is null;
    }

    /// <summary>What the database says; text that no longer reads is no scope.</summary>
    public static TokenScopes Stored(string text) => TryParse(text, out var scopes, out _) ? scopes : TokenScopes.None;
}
