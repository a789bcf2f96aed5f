using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Appliance.Proxy.Items;

/// <summary>
/// A kind of item that operators configure: route, upstream pool. Documents, the store, diffs, checks, rights and the console loop over the
/// kinds there are and know no kind by its name. One instance a kind; a kind derives from <see cref="ItemKind{T}"/> in its own folder.
/// </summary>
public abstract class ItemKind
{
    private protected ItemKind() { }

    /// <summary>The type of its items.</summary>
    public abstract Type Type { get; }

    /// <summary>The member of a document that lists its items, and the first part of every problem's path: <c>upstreamPools</c>.</summary>
    public abstract string Member { get; }

    /// <summary>What one item is called in lists of changes: <c>upstream pool</c>.</summary>
    public virtual string Name => Word;

    /// <summary>What one item is called in sentences: <c>pool</c>.</summary>
    public abstract string Word { get; }

    /// <summary>The plural of <see cref="Word"/>. Default: with an s.</summary>
    public virtual string Words => Word + "s";

    /// <summary>True when the order of the items means something. Otherwise documents list them by name. Default: false.</summary>
    public virtual bool IsOrdered => false;

    /// <summary>
    /// True when documents write the member also for an empty list. Default: false, so that an older version reads a document that does not
    /// use a newer kind.
    /// </summary>
    public virtual bool IsWrittenWhenEmpty => false;

    /// <summary>True when other items can refer to an item of this kind by its name. Default: false.</summary>
    public virtual bool CanBeUsed => false;

    /// <summary>True when an item can be switched off and keeps its settings. Default: false.</summary>
    public virtual bool CanBeSwitched => false;

    /// <summary>
    /// True when an item without hosts applies to everybody's hosts, so that no person's scope covers it. Default: false.
    /// </summary>
    public virtual bool IsEverybodysWithoutHosts => false;

    /// <summary>The hosts that an item applies to, as they are written; null: items of this kind have no hosts.</summary>
    public abstract ImmutableArray<string>? HostsOf(ConfigItem item);

    /// <summary>The certificates that an item shows to others, by name, each with the field that names it.</summary>
    public abstract IEnumerable<(string Field, string Certificate)> CertificatesOf(ConfigItem item);

    /// <summary>True when <paramref name="user"/>, an item of this kind, refers to <paramref name="used"/>.</summary>
    public abstract bool Uses(ConfigItem user, ConfigItem used);

    /// <summary>The field in which an item of this kind refers to an item of <paramref name="used"/>. Default: its name.</summary>
    public virtual string FieldThatUses(ItemKind used) => "name";

    /// <summary>
    /// The item with every reference to <paramref name="used"/> pointing to the item called <paramref name="name"/> instead.
    /// </summary>
    public abstract ConfigItem Redirected(ConfigItem user, ConfigItem used, string name);

    /// <summary>The item switched on or off; the same item for a kind that cannot be switched.</summary>
    public abstract ConfigItem Switched(ConfigItem item, bool on);

    /// <summary>The path of an item in problems: <c>routes/chat</c>.</summary>
    public string PathOf(ConfigItem item) => $"{Member}/{item.Name}";

    /// <summary>The variable that an item makes, without <c>$</c>; null: none.</summary>
    internal virtual string? VariableOf(ConfigItem item) => null;

    /// <summary>
    /// What the result of <see cref="Check"/> depends on beside the item itself. The check is repeated when this changes.
    /// </summary>
    internal virtual string KeyOf(RuleScope scope) => "";

    /// <summary>Checks one item alone, without looking at the others.</summary>
    internal abstract void Check(ConfigItem item, RuleScope scope, ProblemList problems);

    /// <summary>Checks all items of this kind against each other and against those that they refer to.</summary>
    internal abstract void CheckTogether(RuleScope scope, ProblemList problems);

    /// <summary>
    /// What to say about an item whose JSON has a part of no known kind, with the field; null: items of this kind have no such part.
    /// </summary>
    internal virtual (string Field, string Message)? UnknownPart => null;

    /// <summary>
    /// Compiles the items of this kind for the request path. Null: this kind has no compiled form of its own, or the snapshot compiler
    /// makes it because it depends on others.
    /// </summary>
    /// <param name="items">The items of the new config.</param>
    /// <param name="before">The items that <paramref name="compiled"/> was made of.</param>
    /// <param name="compiled">The compiled form of the config before; null at first. An item with the same reference keeps its part of
    /// it.</param>
    /// <param name="leftOut">Takes the items that could not be compiled, with reasons.</param>
    internal abstract object? Compile(ItemLists items, ItemLists before, object? compiled, List<ConfigProblem> leftOut);

    /// <summary>A list of this kind's own type, boxed. Throws <see cref="InvalidCastException"/> for an item of another kind.</summary>
    internal abstract IReadOnlyList<ConfigItem> ListOf(IEnumerable<ConfigItem> items);
}

/// <inheritdoc/>
/// <typeparam name="T">The type of its items.</typeparam>
public abstract class ItemKind<T> : ItemKind
    where T : ConfigItem
{
    /// <inheritdoc/>
    public sealed override Type Type => typeof(T);

    /// <inheritdoc/>
    public sealed override ImmutableArray<string>? HostsOf(ConfigItem item) => Hosts((T)item);

    /// <inheritdoc/>
    public sealed override IEnumerable<(string Field, string Certificate)> CertificatesOf(ConfigItem item) => Certificates((T)item);

    /// <inheritdoc/>
    public sealed override bool Uses(ConfigItem user, ConfigItem used) => Uses((T)user, used);

    /// <inheritdoc/>
    public sealed override ConfigItem Redirected(ConfigItem user, ConfigItem used, string name) => Redirected((T)user, used, name);

    /// <inheritdoc/>
    public sealed override ConfigItem Switched(ConfigItem item, bool on) => Switched((T)item, on);

    internal sealed override void Check(ConfigItem item, RuleScope scope, ProblemList problems) => Check((T)item, scope, problems);

    internal sealed override void CheckTogether(RuleScope scope, ProblemList problems) =>
        CheckTogether(scope.Items.Of(this), scope, problems);

    internal sealed override object? Compile(ItemLists items, ItemLists before, object? compiled, List<ConfigProblem> leftOut) =>
        Compile(items.Of(this), before.Of(this), compiled, leftOut);

    [SuppressMessage("Style", "IDE0305", Justification = "A collection expression for the interface would not be an ImmutableArray.")]
    internal sealed override IReadOnlyList<ConfigItem> ListOf(IEnumerable<ConfigItem> items) => items.Cast<T>().ToImmutableArray();

    /// <inheritdoc cref="ItemKind.HostsOf"/>
    protected virtual ImmutableArray<string>? Hosts(T item) => null;

    /// <inheritdoc cref="ItemKind.CertificatesOf"/>
    protected virtual IEnumerable<(string Field, string Certificate)> Certificates(T item) => [];

    /// <inheritdoc cref="ItemKind.Uses(ConfigItem, ConfigItem)"/>
    protected virtual bool Uses(T user, ConfigItem used) => false;

    /// <inheritdoc cref="ItemKind.Redirected(ConfigItem, ConfigItem, string)"/>
    protected virtual T Redirected(T user, ConfigItem used, string name) => user;

    /// <inheritdoc cref="ItemKind.Switched(ConfigItem, bool)"/>
    protected virtual T Switched(T item, bool on) => item;

    private protected abstract void Check(T item, RuleScope scope, ProblemList problems);

    private protected virtual void CheckTogether(ImmutableArray<T> items, RuleScope scope, ProblemList problems) { }

    private protected virtual object? Compile(
        ImmutableArray<T> items,
        ImmutableArray<T> before,
        object? compiled,
        List<ConfigProblem> leftOut
    ) => null;
}
